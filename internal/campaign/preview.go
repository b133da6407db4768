package campaign

import (
	"context"

	"github.com/kyodaku/kyodaku/internal/compose"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Draft is a campaign's text as the composer takes it.
func (b *Book) Draft(ctx context.Context, r store.Reader, c Campaign) (compose.Draft, error) {
	draft, _, err := b.parts(ctx, r, c)
	return draft, wrap("draft", err)
}

// Preview renders a text, kept or not, as a reader would get it. Its personal links
// lead to no real page: whoever looks must not be able to act for a reader. What
// cannot be put together is Invalid.
func (b *Book) Preview(ctx context.Context, r store.Reader, c Campaign, to compose.Recipient) (compose.Rendered, error) {
	var out compose.Rendered
	draft, label, err := b.parts(ctx, r, c)
	if err != nil {
		return out, wrap("preview", err)
	}
	program, err := b.Composer.Compile(draft, label)
	if err != nil {
		return out, wrap("preview", err)
	}
	to.Links = deadLinks(b.Links.PublicURL)
	return out, wrap("preview", program.Render(&out, to))
}

// deadLinks are addresses of the right shape behind which there is nothing.
func deadLinks(base string) compose.Links {
	return compose.Links{
		Unsubscribe: base + "/unsubscribe/preview", Preferences: base + "/preferences/preview",
		Why: base + "/why/preview", SenderPage: base + "/s/preview",
	}
}

// Letter renders what a row's reader got, from the frozen version and the reader's
// data as it is now; fault.NotFound when the reader was erased since.
func (b *Book) Letter(ctx context.Context, r store.Reader, m Message) (compose.Rendered, error) {
	var out compose.Rendered
	row := m.leased()
	if err := b.texts.load(ctx, b, r, row); err != nil {
		return out, wrap("letter", err)
	}
	people, err := b.readers(ctx, r, row)
	if err != nil {
		return out, wrap("letter", err)
	}
	to, known := people[m.Address]
	v := b.texts.get(m.version)
	if !known || to.erased || v == nil {
		return out, wrap("letter", fault.New(fault.NotFound, "campaign.reader_gone"))
	}
	to.Links = deadLinks(b.Links.PublicURL)
	return out, wrap("letter", v.program.Render(&out, to.Recipient))
}
