package compose

import "strings"

// Styles stand on the elements themselves: many mail programs drop style sheets.
// The sheet in the head only adds dark colours and narrow screens.
const (
	fontStack       = `'Hiragino Sans','Hiragino Kaku Gothic ProN','Noto Sans JP','Yu Gothic',Meiryo,system-ui,sans-serif`
	styleText       = `margin:0 0 16px;font-size:16px;line-height:1.7;color:#1f2421`
	styleRule       = `border:0;border-top:1px solid #d5dbd6;margin:8px 0`
	styleImage      = `display:block;max-width:100%;height:auto;border:0`
	styleButtonCell = `border-radius:6px;background:#1b6b50`
	styleButton     = `display:inline-block;padding:12px 24px;font-size:16px;line-height:1.4;color:#ffffff;text-decoration:none;font-weight:bold;border-radius:6px;background:#1b6b50`
	styleHeading    = `margin:8px 0 12px;line-height:1.4;color:#1f2421;font-weight:bold;font-size:`
	styleCell       = `border:1px solid #d5dbd6;padding:6px 10px;text-align:left;font-size:15px;line-height:1.6`
	styleAd         = `border:1px solid #d5dbd6;border-radius:6px;padding:12px 16px;background:#f7f8f5`
	styleSmall      = `margin:0 0 12px;font-size:13px;line-height:1.7;color:#565e59`
	styleLink       = `color:#1b6b50;text-decoration:underline`
)

// sheet is the style sheet in the head.
const sheet = `:root{color-scheme:light dark;supported-color-schemes:light dark}
body{margin:0;padding:0;-webkit-text-size-adjust:100%}
@media (max-width:480px){.column{display:block!important;width:100%!important}.row{padding-left:16px!important;padding-right:16px!important}}
@media (prefers-color-scheme:dark){.page{background:#141816!important}.card{background:#1d2320!important}
.card p,.card h1,.card h2,.card h3,.card h4,.card li,.card td,.card th,.card blockquote{color:#e8ece9!important}
.foot p,.foot td{color:#aab4ae!important}.card a,.foot a{color:#7fd1b0!important}.card a.button{color:#ffffff!important}}`

// styles puts styles on the elements that Markdown makes. What it reads has passed
// the policy, where "<" is always the beginning of an element.
func styles() *strings.Replacer {
	with := func(tag, style string) []string {
		return []string{"<" + tag + ">", "<" + tag + ` style="` + style + `">`, "<" + tag + " ", "<" + tag + ` style="` + style + `" `}
	}
	var pairs []string
	for _, s := range [][2]string{
		{"p", styleText},
		{"a", styleLink},
		{"img", styleImage},
		{"hr", styleRule},
		{"h1", styleHeading + "24px"},
		{"h2", styleHeading + "20px"},
		{"h3", styleHeading + "17px"},
		{"h4", styleHeading + "16px"},
		{"ul", "margin:0 0 16px;padding-left:24px"},
		{"ol", "margin:0 0 16px;padding-left:24px"},
		{"li", "margin:0 0 4px;font-size:16px;line-height:1.7;color:#1f2421"},
		{"blockquote", "margin:0 0 16px;padding:4px 0 4px 16px;border-left:3px solid #b9c6bd;color:#1f2421"},
		{"table", "border-collapse:collapse;margin:0 0 16px"},
		{"th", styleCell},
		{"td", styleCell},
		{"pre", "margin:0 0 16px;padding:12px;background:#f0f2ef;color:#1f2421;white-space:pre-wrap"},
	} {
		pairs = append(pairs, with(s[0], s[1])...)
	}
	return strings.NewReplacer(append(pairs, "<hr/>", `<hr style="`+styleRule+`">`, "<br/>", "<br>")...)
}
