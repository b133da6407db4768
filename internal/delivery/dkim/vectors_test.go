package dkim

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/dkimtest"
)

// The message of RFC 6376 appendix A and RFC 8463 appendix A.
const (
	rfcHeader = "From: Joe SixPack <joe@football.example.com>\r\n" +
		"To: Suzie Q <suzie@shopping.example.net>\r\n" +
		"Subject: Is dinner ready?\r\n" +
		"Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n" +
		"Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n"
	rfcBody     = "Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n"
	rfcBodyHash = "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8="
	rfcDomain   = "football.example.com"
)

// The keys of RFC 8463 appendix A.1 are published for this purpose and sign no mail.
const (
	rfcEdwardsSeed   = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="
	rfcEdwardsRecord = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
	rfcRSARecord     = "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB"
	rfcRSAKey        = `-----BEGIN RSA PRIVATE KEY-----
MIICXQIBAAKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQi
Y/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqM
KrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB
AoGAH0cxOhFZDgzXWhDhnAJDw5s4roOXN4OhjiXa8W7Y3rhX3FJqmJSPuC8N9vQm
6SVbaLAE4SG5mLMueHlh4KXffEpuLEiNp9Ss3O4YfLiQpbRqE7Tm5SxKjvvQoZZe
zHorimOaChRL2it47iuWxzxSiRMv4c+j70GiWdxXnxe4UoECQQDzJB/0U58W7RZy
6enGVj2kWF732CoWFZWzi1FicudrBFoy63QwcowpoCazKtvZGMNlPWnC7x/6o8Gc
uSe0ga2xAkEA8C7PipPm1/1fTRQvj1o/dDmZp243044ZNyxjg+/OPN0oWCbXIGxy
WvmZbXriOWoSALJTjExEgraHEgnXssuk7QJBALl5ICsYMu6hMxO73gnfNayNgPxd
WFV6Z7ULnKyV7HSVYF0hgYOHjeYe9gaMtiJYoo0zGN+L3AAtNP9huqkWlzECQE1a
licIeVlo1e+qJ6Mgqr0Q7Aa7falZ448ccbSFYEPD6oFxiOl9Y9se9iYHZKKfIcst
o7DUw1/hz2Ck4N5JrgUCQQCyKveNvjzkkd8HjYs0SwM0fPjK16//5qDZ2UiDGnOe
uEzxBDAr518Z8VFbR41in3W4Y3yCDgQlLlcETrS+zYcL
-----END RSA PRIVATE KEY-----
`
)

// rfcSignature is a signature of RFC 8463 appendix A.3.
type rfcSignature struct {
	selector, head, value string
}

var rfcSignatures = []rfcSignature{
	{
		"brisbane", "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n" +
			" d=football.example.com; i=@football.example.com;\r\n" +
			" q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n" +
			" subject : date : message-id : from : subject : date;\r\n" +
			" bh=" + rfcBodyHash + ";\r\n b=",
		"/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11BusFa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==",
	},
	{
		"test", "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n" +
			" d=football.example.com; i=@football.example.com;\r\n" +
			" q=dns/txt; s=test; t=1528637909; h=from : to : subject :\r\n" +
			" date : message-id : from : subject : date;\r\n" +
			" bh=" + rfcBodyHash + ";\r\n b=",
		"F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2JzdA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=",
	},
}

// rfcKeys are the published keys, in the order of the signatures.
func rfcKeys(t *testing.T) []Key {
	t.Helper()
	seed, err := base64.StdEncoding.DecodeString(rfcEdwardsSeed)
	if err != nil {
		t.Fatal(err)
	}
	rsa, err := ParsePEM([]byte(rfcRSAKey))
	if err != nil {
		t.Fatal(err)
	}
	edwards, err := NewKey(rfcDomain, "brisbane", Go(ed25519.NewKeyFromSeed(seed)))
	if err != nil {
		t.Fatal(err)
	}
	second, err := NewKey(rfcDomain, "test", Go(rsa))
	if err != nil {
		t.Fatal(err)
	}
	return []Key{edwards, second}
}

// RFC 8463 appendix A: neither algorithm has any chance in it, so both signatures must
// come out octet by octet from what we canonicalise.
func TestRFC8463SignaturesComeOut(t *testing.T) {
	t.Parallel()
	keys := rfcKeys(t)
	for i, record := range []string{rfcEdwardsRecord, rfcRSARecord} {
		w := newScratch()
		w.parse([]byte(rfcHeader))
		for _, name := range []string{"from", "to", "subject", "date", "message-id"} {
			if w.cover(name) != 1 {
				t.Fatalf("%s is not covered once", name)
			}
		}
		_, _ = w.head.Write(appendHeader(nil, []byte(rfcSignatures[i].head)))
		got, err := keys[i].sign(w.head.Sum(nil))
		if err != nil {
			t.Fatal(err)
		}
		if text := base64.StdEncoding.EncodeToString(got); text != rfcSignatures[i].value {
			t.Errorf("%s: signature is %s", keys[i].Algorithm(), text)
		}
		if own, err := Record(keys[i].signer.Public()); err != nil || own != record {
			t.Errorf("%s: record is %q, %v", keys[i].Algorithm(), own, err)
		}
	}
}

// The verifier that judges our signatures everywhere else takes the published ones for
// good, and no others: it can be trusted.
func TestTheJudgeOfOurSignaturesKnowsTheStandard(t *testing.T) {
	t.Parallel()
	known := map[string]string{
		RecordName(rfcDomain, "brisbane"): rfcEdwardsRecord,
		RecordName(rfcDomain, "test"):     rfcRSARecord,
	}
	var signatures strings.Builder
	for _, s := range rfcSignatures {
		signatures.WriteString(string(appendFolded([]byte(s.head), []byte(s.value))) + "\r\n")
	}
	message := signatures.String() + rfcHeader + "\r\n" + rfcBody
	if got := dkimtest.Verify(t, []byte(message), known); got != "good good" {
		t.Errorf("the published message is %q", got)
	}
	forged := strings.Replace(message, "dinner", "supper", 1)
	if got := dkimtest.Verify(t, []byte(forged), known); got != "bad bad" {
		t.Errorf("a forged one is %q", got)
	}
	stamp, err := NewStamp(rfcKeys(t)...)
	if err != nil {
		t.Fatal(err)
	}
	own, err := stamp.Sign(nil, []byte(rfcHeader+"\r\n"+rfcBody), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if got := dkimtest.Verify(t, own, known); got != "good good" {
		t.Errorf("ours with the published keys is %q", got)
	}
}

func TestRFC6376BodyHashes(t *testing.T) {
	t.Parallel()
	relaxed := sha256.Sum256([]byte(" C\r\nD E\r\n"))
	for body, want := range map[string]string{
		rfcBody:                            rfcBodyHash,                                    // appendix A.2
		"":                                 "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", // 3.4.4
		" C \r\nD \t E\r\n\r\n\r\n":        base64.StdEncoding.EncodeToString(relaxed[:]),  // 3.4.5
		rfcBody + "\r\n \t\r\n\r\n":        rfcBodyHash,                                    // empty lines at the end
		strings.TrimRight(rfcBody, "\r\n"): rfcBodyHash,
	} {
		b := NewBodyHasher()
		_, _ = b.Write([]byte(body))
		if got := base64.StdEncoding.EncodeToString(b.Sum(nil)); got != want {
			t.Errorf("the hash of %q is %s, want %s", body, got, want)
		}
	}
}
