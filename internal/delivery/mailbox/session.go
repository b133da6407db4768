package mailbox

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// Aside is the folder for mails that are for no box of ours.
const Aside = "Kyodaku-unhandled"

// maxSize is the largest mail that is read, in octets: a bounce may bring the whole
// message back. What is larger is flagged.
const maxSize = 10 << 20

const dialTime = 30 * time.Second

var (
	errFarAway  = errors.New("a server that is not on this machine must be reached over TLS")
	errDisabled = errors.New("the server takes no password in this way")
	errPassword = errors.New("the server refuses the user name or the password")
)

// session is a connection with the folder open.
type session struct {
	client   *imapclient.Client
	validity uint32
	// done ends the watch over the context.
	done func() bool
}

// open connects, says who we are, and opens the folder. The session ends with ctx.
func (m *Mailbox) open(ctx context.Context) (_ *session, err error) {
	conn, err := m.dial(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	s := &session{done: context.AfterFunc(ctx, func() { _ = conn.Close() })} // whoever waits for it gets the error
	defer func() {
		if err != nil {
			s.done()
			_ = conn.Close() // the error says more
		}
	}()
	if s.client, err = m.greet(conn); err != nil {
		return nil, fmt.Errorf("connect: %w", plain(err))
	}
	if err := m.login(s.client); err != nil {
		return nil, fmt.Errorf("log in: %w", err)
	}
	folder, err := s.client.Select(m.c.Folder, nil).Wait()
	if err != nil {
		return nil, fmt.Errorf("open the folder: %w", plain(err))
	}
	s.validity = folder.UIDValidity
	return s, nil
}

func (m *Mailbox) dial(ctx context.Context) (net.Conn, error) {
	d := &net.Dialer{Timeout: dialTime}
	if m.c.TLS == Implicit {
		return (&tls.Dialer{NetDialer: d, Config: m.tls()}).DialContext(ctx, "tcp", m.c.Addr)
	}
	conn, err := d.DialContext(ctx, "tcp", m.c.Addr)
	if err != nil {
		return nil, err
	}
	far, ok := conn.RemoteAddr().(*net.TCPAddr)
	if m.c.TLS != StartTLS && (!ok || !far.IP.IsLoopback()) {
		return nil, errors.Join(errFarAway, conn.Close())
	}
	return conn, nil
}

func (m *Mailbox) tls() *tls.Config {
	host, _, err := net.SplitHostPort(m.c.Addr)
	if err != nil {
		host = m.c.Addr // dialling says what is wrong with it
	}
	return &tls.Config{ServerName: host, RootCAs: m.c.Roots, MinVersion: tls.VersionTLS12, NextProtos: []string{"imap"}}
}

// greet begins to speak; with StartTLS what follows is encrypted or an error.
func (m *Mailbox) greet(conn net.Conn) (*imapclient.Client, error) {
	if m.c.TLS == StartTLS {
		return imapclient.NewStartTLS(conn, &imapclient.Options{TLSConfig: m.tls()})
	}
	c := imapclient.New(conn, nil)
	return c, c.WaitGreeting()
}

func (m *Mailbox) login(c *imapclient.Client) error {
	if c.Caps().Has(imap.CapLoginDisabled) {
		return errDisabled
	}
	err := c.Login(m.c.Username, m.c.Password).Wait()
	if e, ok := errors.AsType[*imap.Error](err); ok && e.Type == imap.StatusResponseTypeNo && e.Code != imap.ResponseCodeUnavailable {
		return errPassword
	}
	return plain(err)
}

// close ends the session. What was said before has been answered, so nothing can be lost.
func (s *session) close() {
	_ = s.client.Logout().Wait() // being polite; the connection ends anyway
	s.done()
	_ = s.client.Close() // the server may have closed it already
}

// waiting lists the mails that are neither deleted nor left to people. A session that was
// cut off may have left some that it had marked already.
func (s *session) waiting() ([]imap.UID, error) {
	if err := s.expunge(); err != nil {
		return nil, err
	}
	found, err := s.client.UIDSearch(&imap.SearchCriteria{NotFlag: []imap.Flag{imap.FlagDeleted, imap.FlagFlagged}}, nil).Wait()
	if err != nil {
		return nil, fmt.Errorf("search: %w", plain(err))
	}
	return found.AllUIDs(), nil
}

// fetch reads a mail and leaves its flags as they are; of one that is too large only a
// little more than is allowed. nil means that it is gone.
func (s *session) fetch(uid imap.UID) ([]byte, error) {
	whole := &imap.FetchItemBodySection{Peek: true, Partial: &imap.SectionPartial{Size: maxSize + 1}}
	mails, err := s.client.Fetch(imap.UIDSetNum(uid), &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{whole}}).Collect()
	if err != nil {
		return nil, fmt.Errorf("fetch: %w", plain(err))
	}
	for _, mail := range mails { // others may be told of in between
		if mail.UID == uid && len(mail.BodySection) > 0 {
			return mail.BodySection[0].Bytes, nil
		}
	}
	return nil, nil
}

func (s *session) mark(uid imap.UID, flag imap.Flag) error {
	add := &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{flag}}
	if err := s.client.Store(imap.UIDSetNum(uid), add, nil).Close(); err != nil {
		return fmt.Errorf("mark: %w", plain(err))
	}
	return nil
}

// flag leaves a mail to people.
func (s *session) flag(uid imap.UID) error { return s.mark(uid, imap.FlagFlagged) }

// remove deletes a mail.
func (s *session) remove(uid imap.UID) error {
	if err := s.mark(uid, imap.FlagDeleted); err != nil {
		return err
	}
	return s.expunge()
}

// expunge deletes what is marked as deleted, by us or by somebody who meant it.
func (s *session) expunge() error {
	if err := s.client.Expunge().Close(); err != nil {
		return fmt.Errorf("delete: %w", plain(err))
	}
	return nil
}

// aside moves a mail to its folder, which is made when it is missing. If the server will
// not have that, the mail is flagged.
func (s *session) aside(uid imap.UID) error {
	err := s.move(uid)
	if refused(err) {
		if err = plain(s.client.Create(Aside, nil).Wait()); err == nil {
			err = s.move(uid)
		}
	}
	if err == nil || s.client.State() != imap.ConnStateSelected {
		return err
	}
	return s.flag(uid)
}

// move is not the library's, which without MOVE (RFC 6851) deletes the mail even when it
// could not be copied.
func (s *session) move(uid imap.UID) error {
	if s.client.Caps().Has(imap.CapMove) {
		_, err := s.client.Move(imap.UIDSetNum(uid), Aside).Wait()
		return err
	}
	if _, err := s.client.Copy(imap.UIDSetNum(uid), Aside).Wait(); err != nil {
		return err
	}
	return s.remove(uid)
}

// refused says whether the server understood and will not.
func refused(err error) bool {
	e, ok := errors.AsType[*imap.Error](err)
	return ok && e.Type == imap.StatusResponseTypeNo
}

// plain takes the server's own words out of an error: they may name a person.
func plain(err error) error {
	if e, ok := errors.AsType[*imap.Error](err); ok {
		return fmt.Errorf("the server answered %s %s", e.Type, e.Code)
	}
	return err
}
