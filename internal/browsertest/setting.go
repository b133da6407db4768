package browsertest

import (
	"context"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// Size sets the page's width and height in CSS pixels; below 600 it is a phone.
func (p *Page) Size(width, height int) {
	p.tb.Helper()
	params := emulation.SetDeviceMetricsOverrideParams{
		Width: int64(width), Height: int64(height), DeviceScaleFactor: 1, Mobile: width < 600,
	}
	p.do("size", command(emulation.SetDeviceMetricsOverride, params))
}

// NoScript turns the page's scripts off (true) or on, from the next page on.
func (p *Page) NoScript(off bool) {
	p.tb.Helper()
	p.noScript = off
	p.scripts(!off)
}

func (p *Page) scripts(on bool) {
	p.tb.Helper()
	p.do("scripts", command(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on}))
}

// Lang sets the language that the reader prefers, as a BCP 47 tag.
func (p *Page) Lang(tag string) {
	p.tb.Helper()
	agent := run(p, "user agent", chromedp.Evaluate[string]("navigator.userAgent"))
	p.do("language", command(emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: agent, AcceptLanguage: tag}))
}

// Dark sets the colour scheme that the reader prefers.
func (p *Page) Dark(on bool) {
	p.tb.Helper()
	value := "light"
	if on {
		value = "dark"
	}
	p.do("colour scheme", command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: value}},
	}))
}

// Paper shows the page as it would be printed, or as it is on the screen again.
func (p *Page) Paper(on bool) {
	p.tb.Helper()
	media := ""
	if on {
		media = "print"
	}
	p.do("paper", command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: media}))
}

// command makes an act of a protocol command whose answer nobody reads.
func command[P, R any](cmd cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, cmd, params)
		return err
	})
}
