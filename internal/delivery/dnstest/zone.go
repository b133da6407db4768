package dnstest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// key is the set of records that one question asks for.
type key struct {
	name string
	kind uint16
}

// zone is a zone with its key.
type zone struct {
	apex   string
	signed bool
	bogus  []string
	sets   map[key][]dns.RR
	public *dns.DNSKEY
	secret crypto.Signer
}

func newZone(tb testing.TB, z Zone) *zone {
	tb.Helper()
	out := &zone{apex: dns.Fqdn(z.Name), signed: !z.Unsigned}
	for _, name := range z.Bogus {
		out.bogus = append(out.bogus, dns.Fqdn(name))
	}
	out.public = &dns.DNSKEY{
		Hdr:   dns.RR_Header{Name: out.apex, Rrtype: dns.TypeDNSKEY, Class: dns.ClassINET, Ttl: 60},
		Flags: 257, Protocol: 3, Algorithm: dns.ECDSAP256SHA256,
	}
	secret, err := out.public.Generate(256)
	if err != nil {
		tb.Fatalf("dnstest: key: %v", err)
	}
	signer, ok := secret.(*ecdsa.PrivateKey)
	if !ok {
		tb.Fatalf("dnstest: key is %T", secret)
	}
	out.secret = signer
	out.load(tb, z.Records)
	return out
}

// load takes the records, and adds what every zone has.
func (z *zone) load(tb testing.TB, records []string) {
	tb.Helper()
	z.sets = map[key][]dns.RR{}
	lines := append([]string{
		fmt.Sprintf("%s 60 IN SOA ns.%s root.%s 1 60 60 60 1", z.apex, z.apex, z.apex),
		fmt.Sprintf("%s 60 IN NS ns.%s", z.apex, z.apex),
		fmt.Sprintf("ns.%s 60 IN A 127.0.0.1", z.apex),
	}, records...)
	for _, line := range lines {
		rr, err := dns.NewRR("$TTL 1\n" + line)
		if err != nil || rr == nil {
			tb.Fatalf("dnstest: record %q: %v", line, err)
		}
		rr.Header().Name = strings.ToLower(rr.Header().Name)
		z.add(rr)
	}
	if z.signed {
		z.add(z.public)
	}
}

func (z *zone) add(rr dns.RR) {
	k := key{rr.Header().Name, rr.Header().Rrtype}
	z.sets[k] = append(z.sets[k], rr)
}

// answer fills in the answer to a question. A name that is not there is answered
// as one without such records, which needs but one record to prove.
func (z *zone) answer(m *dns.Msg, name string, kind uint16, signed bool) {
	set := z.sets[key{name, kind}]
	if alias := z.sets[key{name, dns.TypeCNAME}]; len(alias) > 0 {
		set = alias
	}
	if len(set) > 0 {
		m.Answer = z.sign(set, signed)
		return
	}
	m.Ns = z.sign(z.sets[key{z.apex, dns.TypeSOA}], signed)
	if z.signed && signed {
		m.Ns = append(m.Ns, z.sign([]dns.RR{z.denial(name)}, true)...)
	}
}

// denial is an NSEC record that covers just one name and says what is there.
func (z *zone) denial(name string) dns.RR {
	kinds := []uint16{dns.TypeRRSIG, dns.TypeNSEC}
	for k := range z.sets {
		if k.name == name {
			kinds = append(kinds, k.kind)
		}
	}
	slices.Sort(kinds)
	return &dns.NSEC{
		Hdr:        dns.RR_Header{Name: name, Rrtype: dns.TypeNSEC, Class: dns.ClassINET, Ttl: 1},
		NextDomain: `\000.` + name, TypeBitMap: kinds,
	}
}

// sign adds the signature of a set where there is to be one.
func (z *zone) sign(set []dns.RR, wanted bool) []dns.RR {
	if !z.signed || !wanted {
		return set
	}
	head := set[0].Header()
	now := time.Now()
	sig := &dns.RRSIG{
		Hdr:        dns.RR_Header{Name: head.Name, Rrtype: dns.TypeRRSIG, Class: dns.ClassINET, Ttl: head.Ttl},
		Algorithm:  z.public.Algorithm,
		Inception:  uint32(now.Add(-time.Hour).Unix()),
		Expiration: uint32(now.Add(time.Hour).Unix()),
		KeyTag:     z.public.KeyTag(),
		SignerName: z.apex,
	}
	if err := sig.Sign(z.secret, set); err != nil {
		return set // the resolver will find no signature and complain
	}
	if slices.Contains(z.bogus, head.Name) {
		sig.Expiration-- // what was signed said otherwise
	}
	return append(slices.Clone(set), sig)
}

// TLSA makes a TLSA record (RFC 6698) for the SMTP server of a host with a port,
// from the certificate that it shows or that issued it.
func TLSA(tb testing.TB, host, port string, params [3]uint8, cert *x509.Certificate) string {
	tb.Helper()
	data, err := dns.CertificateToDANE(params[1], params[2], cert)
	if err != nil {
		tb.Fatalf("dnstest: TLSA: %v", err)
	}
	return fmt.Sprintf("_%s._tcp.%s TLSA %d %d %d %s", port, dns.Fqdn(host), params[0], params[1], params[2], data)
}
