package web_test

import (
	"testing"

	"rehearse.dev/internal/web"
)

func TestCompressionIsNegotiated(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		header []string
		want   string
	}{
		{"no header", nil, "identity"},
		{"empty header", []string{""}, "identity"},
		{"browser over https", []string{"gzip, deflate, br, zstd"}, "br"},
		{"browser over http", []string{"gzip, deflate"}, "gzip"},
		{"two header lines", []string{"gzip", "br"}, "br"},
		{"nothing known", []string{"zstd, deflate"}, "identity"},
		{"upper case", []string{"GZip"}, "gzip"},
		{"anything", []string{"*"}, "br"},
		{"anything but br", []string{"*, br;q=0"}, "gzip"},
		{"anything but compressed", []string{"identity, *;q=0"}, "identity"},
		{"br refused", []string{"br;q=0, gzip"}, "gzip"},
		{"both refused", []string{"br;q=0, gzip;q=0.000"}, "identity"},
		{"gzip preferred", []string{"br;q=0.2, gzip;q=0.8"}, "gzip"},
		{"equal ratings", []string{"gzip;q=0.5, br;q=0.5"}, "br"},
		{"plain preferred", []string{"identity;q=1, br;q=0.5"}, "identity"},
		{"compressed preferred", []string{"identity;q=0.5, gzip;q=0.8"}, "gzip"},
		{"plain refused, nothing left", []string{"identity;q=0"}, "identity"},
		{"odd spaces", []string{" gzip ; q = 0.5 ,, "}, "gzip"},
		{"broken rating", []string{"br;q=high, gzip"}, "gzip"},
		{"rating out of range", []string{"br;q=2, gzip"}, "gzip"},
		{"rating not a number", []string{"br;q=NaN, gzip"}, "gzip"},
		{"unknown parameter", []string{"br;level=3, gzip"}, "gzip"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if got := web.Negotiate(tc.header, web.Brotli, web.Gzip); got != tc.want {
				t.Errorf("%q: %s, want %s", tc.header, got, tc.want)
			}
		})
	}
}

func TestTheFirstOfferWinsATie(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		"gzip, deflate, br, zstd":  "zstd",
		"gzip;q=0.9, br, zstd;q=0": "br",
		"*":                        "zstd",
		"deflate":                  "identity",
	} {
		if got := web.Negotiate([]string{header}, web.Zstd, web.Brotli, web.Gzip); got != want {
			t.Errorf("%q: %s, want %s", header, got, want)
		}
	}
}
