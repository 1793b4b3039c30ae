package expr

import (
	"html"
	"net/url"
	"strconv"
	"strings"
)

var (
	htmlEscape = strings.NewReplacer("&", "&amp;", ">", "&gt;", "<", "&lt;", "'", "&#39;", `"`, "&#34;")
	// latinNames are HTML's names of the characters from U+00A0 to U+00FF.
	latinNames = strings.Fields(`nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn
		sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring
		AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash
		Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml
		igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml`)
	// otherNames are the rest of the names that HTML 4 knows.
	otherNames = strings.Fields(`OElig oelig Scaron scaron Yuml fnof circ tilde Alpha Beta Gamma Delta Epsilon Zeta Eta Theta Iota
		Kappa Lambda Mu Nu Xi Omicron Pi Rho Sigma Tau Upsilon Phi Chi Psi Omega alpha beta gamma delta epsilon zeta eta theta iota
		kappa lambda mu nu xi omicron pi rho sigmaf sigma tau upsilon phi chi psi omega thetasym upsih piv ensp emsp thinsp zwnj zwj
		lrm rlm ndash mdash lsquo rsquo sbquo ldquo rdquo bdquo dagger Dagger bull hellip permil prime Prime lsaquo rsaquo oline
		frasl euro image weierp real trade alefsym larr uarr rarr darr harr crarr lArr uArr rArr dArr hArr forall part exist empty
		nabla isin notin ni prod sum minus lowast radic prop infin ang and or cap cup int there4 sim cong asymp ne equiv le ge sub
		sup nsub sube supe oplus otimes perp sdot lceil rceil lfloor rfloor loz spades clubs hearts diams`)
)

// applyFilter is one of Mako's filters on a text.
func applyFilter(name, s string) string {
	switch name {
	case "h", "x":
		return htmlEscape.Replace(s)
	case "u":
		return strings.ReplaceAll(url.QueryEscape(s), "%7E", "~")
	case "trim":
		return strings.Trim(s, trimmed)
	case "entity":
		return entities(s)
	default:
		return s
	}
}

// entities replaces what HTML has a name for, and any other character beyond
// ASCII by its number.
func entities(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '"':
			b.WriteString("&quot;")
		case r == '&':
			b.WriteString("&amp;")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r < 0x80:
			b.WriteRune(r)
		case r >= 0xa0 && r <= 0xff:
			b.WriteString("&" + latinNames[r-0xa0] + ";")
		default:
			b.WriteString(entity(r))
		}
	}
	return b.String()
}

func entity(r rune) string {
	for _, name := range otherNames {
		if html.UnescapeString("&"+name+";") == string(r) {
			return "&" + name + ";"
		}
	}
	return "&#x" + strings.ToUpper(strconv.FormatInt(int64(r), 16)) + ";"
}
