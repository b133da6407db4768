package compose

// ad lays advertising beside a message: in a frame of its own under the word for it,
// and inside a condition of the renderer's, so that it can be left out for a reader.
func (p *press) ad(c *column, at string, b Block) error {
	s, err := p.print(at+"/text", b.Text)
	if err != nil {
		return err
	}
	word := "広告"
	if p.lang == "en" {
		word = "Advertisement"
	}
	html := `<p style="` + styleSmall + `">` + word + `</p>` + s.html
	words := "[" + word + "]\n" + s.text
	if b.URL != "" {
		to, err := p.address(at+"/url", b.URL)
		if err != nil {
			return err
		}
		more := "詳しく見る"
		if p.lang == "en" {
			more = "Read more"
		}
		html += `<p style="` + styleText + `"><a style="` + styleLink + `" href="` + to.html + `">` + more + `</a></p>`
		words += "\n" + to.text
	}
	const begin, end = "{% if " + adsSlot + " %}", "{% endif %}"
	c.html.WriteString(begin)
	c.row("12px 24px", `<table role="presentation" width="100%" border="0" cellpadding="0" cellspacing="0"><tr><td style="`+styleAd+`">`+html+`</td></tr></table>`)
	c.html.WriteString(end)
	c.text.WriteString(begin)
	c.say(words)
	c.text.WriteString(end)
	return nil
}

// Ads counts the ad blocks of a draft.
func (d Draft) Ads() int {
	if d.Kind != Blocks {
		return 0
	}
	doc, err := ParseDocument(d.Body)
	if err != nil && len(doc.Blocks) == 0 {
		return 0
	}
	return countAds(doc.Blocks)
}

func countAds(blocks []Block) (n int) {
	for _, b := range blocks {
		if b.Type == AdBlock {
			n++
		}
		for _, column := range b.Columns {
			n += countAds(column)
		}
	}
	return n
}

// WithoutAds is the draft with its ad blocks taken out.
func (d Draft) WithoutAds() Draft {
	if d.Kind != Blocks {
		return d
	}
	doc, err := ParseDocument(d.Body)
	if err != nil && len(doc.Blocks) == 0 {
		return d
	}
	doc.Blocks = adless(doc.Blocks)
	d.Body = doc.Encode()
	return d
}

func adless(blocks []Block) []Block {
	out := []Block{}
	for _, b := range blocks {
		if b.Type == AdBlock {
			continue
		}
		for i, column := range b.Columns {
			b.Columns[i] = adless(column)
		}
		out = append(out, b)
	}
	return out
}
