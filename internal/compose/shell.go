package compose

import (
	"errors"
	"strconv"

	"github.com/kyodaku/kyodaku/internal/fault"
)

// shellHead is what stands before the body's rows; subject and preheader are HTML
// with tags in place.
func shellHead(lang, subject, preheader string) string {
	s := `<!DOCTYPE html>
<html lang="` + lang + `">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no,date=no,address=no,email=no">
<title>` + subject + `</title>
<style>` + sheet + `</style>
</head>
<body class="page" style="margin:0;padding:0;background:#f4f5f2;font-family:` + fontStack + `">
`
	if preheader != "" {
		s += `<div style="display:none;max-height:0;overflow:hidden;mso-hide:all">` + preheader + `</div>` + "\n"
	}
	width := strconv.Itoa(bodyWidth)
	return s + `<table class="page" role="presentation" width="100%" border="0" cellpadding="0" cellspacing="0" style="background:#f4f5f2"><tr><td align="center" style="padding:16px 8px;font-family:` + fontStack + `">
<table class="card" role="presentation" width="` + width + `" border="0" cellpadding="0" cellspacing="0" style="width:100%;max-width:` + width + `px;background:#ffffff;border-radius:8px;text-align:left">
`
}

// shellFoot is what stands behind them: the label, then the end.
func shellFoot(label string) string {
	width := strconv.Itoa(bodyWidth)
	return `<tr><td style="height:16px;line-height:16px;font-size:0">&nbsp;</td></tr>
</table>
<table class="foot" role="presentation" width="` + width + `" border="0" cellpadding="0" cellspacing="0" style="width:100%;max-width:` + width + `px;text-align:left"><tr><td class="row" style="padding:16px 24px">
` + label + `</td></tr></table>
</td></tr></table>
</body>
</html>
`
}

func fieldsOf(err error) []fault.Field {
	if e, ok := errors.AsType[*fault.Error](err); ok {
		return e.Fields
	}
	return nil
}
