package feedback

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // what SNS signs with unless the topic asks for better
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"
)

// snsMessage is a request of SNS.
type snsMessage struct {
	Type             string `json:"Type"`
	MessageID        string `json:"MessageId"`
	Token            string `json:"Token"`
	TopicARN         string `json:"TopicArn"`
	Subject          string `json:"Subject"`
	Message          string `json:"Message"`
	Timestamp        string `json:"Timestamp"`
	SignatureVersion string `json:"SignatureVersion"`
	Signature        string `json:"Signature"`
	SigningCertURL   string `json:"SigningCertURL"`
	SubscribeURL     string `json:"SubscribeURL"`
}

// snsHost is Amazon's name for SNS in a region. Nothing else is ever asked.
var snsHost = regexp.MustCompile(`^sns\.[a-z]{2}(-[a-z]+)+-\d\.amazonaws\.com(\.cn)?$`)

const (
	// maxCertificate bounds a certificate in octets, and maxCertificates how many are kept.
	maxCertificate  = 64 << 10
	maxCertificates = 16
	fetchTime       = 10 * time.Second
)

// sns verifies what comes from SNS. It is safe for concurrent use.
type sns struct {
	client *http.Client
	mu     sync.Mutex
	certs  map[string]*x509.Certificate
}

func newSNS(c *http.Client) *sns {
	if c == nil {
		c = &http.Client{Timeout: fetchTime, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	return &sns{client: c, certs: map[string]*x509.Certificate{}}
}

// amazon says whether an address leads to SNS itself, by TLS, on its own port.
func amazon(address string) (*url.URL, bool) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, false
	}
	return u, u.Scheme == "https" && u.User == nil && u.Port() == "" && u.Fragment == "" && snsHost.MatchString(u.Host)
}

// verify holds a message against the certificate that it names.
func (s *sns) verify(ctx context.Context, m snsMessage, now time.Time) error {
	signature, err := base64.StdEncoding.DecodeString(m.Signature)
	if err != nil {
		return errSignature
	}
	u, ok := amazon(m.SigningCertURL)
	if !ok || !strings.HasSuffix(u.Path, ".pem") || u.RawQuery != "" {
		return errSignature
	}
	cert, err := s.certificate(ctx, u.String(), now)
	if err != nil {
		return err
	}
	key, ok := cert.PublicKey.(*rsa.PublicKey)
	if !ok {
		return errSignature
	}
	text := []byte(m.signed())
	switch m.SignatureVersion {
	case "1":
		sum := sha1.Sum(text) //nolint:gosec // see the import
		err = rsa.VerifyPKCS1v15(key, crypto.SHA1, sum[:], signature)
	case "2":
		sum := sha256.Sum256(text)
		err = rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature)
	default:
		err = errSignature
	}
	if err != nil {
		return errors.Join(errSignature, err)
	}
	return nil
}

// signed is the text that SNS signs: certain fields, each with its name.
func (m snsMessage) signed() string {
	var b strings.Builder
	add := func(name, value string) { b.WriteString(name + "\n" + value + "\n") }
	add("Message", m.Message)
	add("MessageId", m.MessageID)
	if m.Type == "Notification" {
		if m.Subject != "" {
			add("Subject", m.Subject)
		}
	} else {
		add("SubscribeURL", m.SubscribeURL)
	}
	add("Timestamp", m.Timestamp)
	if m.Type != "Notification" {
		add("Token", m.Token)
	}
	add("TopicArn", m.TopicARN)
	add("Type", m.Type)
	return b.String()
}

// certificate fetches a signing certificate, once.
func (s *sns) certificate(ctx context.Context, address string, now time.Time) (*x509.Certificate, error) {
	s.mu.Lock()
	cert := s.certs[address]
	s.mu.Unlock()
	if cert == nil {
		data, err := s.get(ctx, address)
		if err != nil {
			return nil, err
		}
		block, _ := pem.Decode(data)
		if block == nil {
			return nil, errSignature
		}
		if cert, err = x509.ParseCertificate(block.Bytes); err != nil {
			return nil, errSignature
		}
		s.mu.Lock()
		if len(s.certs) >= maxCertificates {
			clear(s.certs)
		}
		s.certs[address] = cert
		s.mu.Unlock()
	}
	if now.Before(cert.NotBefore) || now.After(cert.NotAfter) {
		return nil, errSignature
	}
	return cert, nil
}

// confirm answers that we want a topic's messages, by opening the address that a
// signed message names.
func (s *sns) confirm(ctx context.Context, m snsMessage) error {
	u, ok := amazon(m.SubscribeURL)
	if !ok {
		return errSignature
	}
	_, err := s.get(ctx, u.String())
	return err
}

// errFetch says that Amazon did not answer as it should.
var errFetch = errors.New("delivery: feedback: amazon did not answer")

func (s *sns) get(ctx context.Context, address string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTime)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, errSignature
	}
	answer, err := s.client.Do(r)
	if err != nil {
		return nil, fmt.Errorf("delivery: feedback: %w", err)
	}
	defer func() { _ = answer.Body.Close() }() // it was only read
	if answer.StatusCode != http.StatusOK {
		return nil, errFetch
	}
	data, err := io.ReadAll(io.LimitReader(answer.Body, maxCertificate))
	if err != nil {
		return nil, fmt.Errorf("delivery: feedback: %w", err)
	}
	return data, nil
}
