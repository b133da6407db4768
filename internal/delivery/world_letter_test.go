package delivery

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/compose/letter"
	"github.com/kyodaku/kyodaku/internal/store"
)

// must is for what a test writes itself.
func must[T any](tb testing.TB, value T, err error) T {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
	return value
}

// A Japanese mail in two parts, with what a careless server would change: lines that
// begin with dots, spaces at ends of lines, lone dots.
const (
	japaneseText = "山田 太郎 様\n\n.今年の新茶ができました。 \n.\n..\n詳しくは https://cafe.example/ をご覧ください。\nFrom カフェ\n\n"
	japaneseHTML = "<!doctype html><html lang=\"ja\"><body><p>山田 太郎 様</p>\n<p>.今年の新茶ができました。</p>\n</body></html>\n"
)

// author writes letters as campaigns do.
type author struct {
	*world
	form *letter.Form
	// to is where the mail of an address goes; nil means where it always does.
	to func(id int64) string
}

func (w *world) author() *author {
	w.Helper()
	return &author{world: w, form: japaneseForm(w)}
}

func japaneseForm(tb testing.TB) *letter.Form {
	tb.Helper()
	from, err := addr.ParseMail("news@cafe.example")
	must(tb, from, err)
	form, err := letter.NewForm(letter.Options{
		From: mailboxOf(tb, "株式会社カフェ", from), OneClick: true, Boundary: "=_kyodaku",
		TextSample: []byte(japaneseText), HTMLSample: []byte(japaneseHTML),
	})
	return must(tb, form, err)
}

func mailboxOf(tb testing.TB, name string, a addr.Mail) letter.Mailbox {
	tb.Helper()
	m, err := letter.NewMailbox(name, a)
	return must(tb, m, err)
}

// japaneseLetter is the whole message to somebody, unsigned.
func japaneseLetter(tb testing.TB, f *letter.Form, id string, to addr.Mail) []byte {
	tb.Helper()
	subject, err := letter.NewText("subject", "【新茶】今年いちばんの香りをお届けします")
	must(tb, subject, err)
	messageID, err := letter.NewMessageID(id, "cafe.example")
	must(tb, messageID, err)
	exit, err := letter.NewURI("https://cafe.example/unsubscribe/" + id)
	must(tb, exit, err)
	return f.Build(nil, &letter.Letter{
		To: mailboxOf(tb, "山田 太郎", to), Subject: subject, ID: messageID, Unsubscribe: exit,
		Date: time.Date(2026, 11, 21, 14, 5, 0, 0, time.FixedZone("JST", 9*3600)),
		Text: []byte(japaneseText), HTML: []byte(japaneseHTML),
	})
}

// Write implements Writer.
func (a *author) Write(_ context.Context, _ store.Reader, rows []Leased, _ time.Time) ([]Letter, error) {
	out := make([]Letter, len(rows))
	for i, row := range rows {
		address := mailbox(row.Request.Address)
		if a.to != nil {
			address = a.to(row.Request.Address)
		}
		to, err := addr.StoredMail(address)
		if err != nil {
			return nil, err
		}
		out[i] = Letter{
			From: "bounce@cafe.example", To: to, Workspace: a.ws, Domain: "cafe.example",
			Data: japaneseLetter(a, a.form, fmt.Sprint(row.ID), to),
		}
	}
	return out, nil
}

// plainLetter is 8-bit, with lines as long as they may be. Without a Date, Postfix
// would write one.
func plainLetter(to string) []byte {
	return []byte("From: news@cafe.example\r\nTo: " + to + "\r\nSubject: =?utf-8?b?5Lu25ZCN?=\r\nMIME-Version: 1.0\r\n" +
		"Date: Sat, 21 Nov 2026 14:05:00 +0900\r\nMessage-ID: <plain@cafe.example>\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" +
		strings.ReplaceAll(japaneseText, "\n", "\r\n") + "." + strings.Repeat("x", 997) + "\r\n.\r\n" + strings.Repeat("。", 332) + "\r\n")
}
