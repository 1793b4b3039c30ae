package web

import (
	"io"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// packer is what the compressing writers have in common. Reset makes one ready for
// another answer.
type packer interface {
	io.WriteCloser
	Flush() error
	Reset(w io.Writer)
}

// Levels at which answers are compressed while somebody waits: about where each
// library stops to trade much time for little size.
const (
	brotliLevel = 4
	gzipLevel   = 5
	// zstdWindow bounds the memory of either side; answers are rarely larger.
	zstdWindow = 1 << 20
)

// packers keeps writers for reuse: a new one takes longer than a small answer.
var packers = map[string]*sync.Pool{
	Brotli: {New: func() any { return brotli.NewWriterLevel(io.Discard, brotliLevel) }},
	Gzip: {New: func() any {
		w, _ := gzip.NewWriterLevel(io.Discard, gzipLevel) // the level is one of the library's
		return w
	}},
	Zstd: {New: func() any {
		// The options are valid, which is all that NewWriter checks. One goroutine's
		// time is enough for an answer, and leaves nothing to stop.
		w, _ := zstd.NewWriter(io.Discard, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(zstdWindow), zstd.WithLowerEncoderMem(true))
		return w
	}},
}
