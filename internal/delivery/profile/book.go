package profile

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/kyodaku/kyodaku/internal/delivery/reply"
)

//go:embed data/*.toml
var data embed.FS

var (
	errNoEveryone = errors.New("no profile for everyone")
	errTwice      = errors.New("stands twice")
)

// Book holds all profiles. It is safe for concurrent use.
type Book struct {
	profiles []*Profile // everyone last, the others by id
	domains  map[string]*Profile
	everyone *Profile
}

// Load returns the profiles that come with the program.
func Load() (*Book, error) { return LoadWith(nil) }

// LoadWith returns the profiles that come with the program with an operator's own
// over them: the files *.toml of a folder, or none if it is nil. A file with a known
// id says what is different, its rules being asked first; one with a new id is a
// provider more. Where both claim a domain, the operator's profile has it. The error
// names file and key; nothing is loaded by halves.
func LoadWith(own fs.FS) (*Book, error) {
	files := map[string]file{}
	if err := read(data, "data", files); err != nil {
		return nil, fmt.Errorf("profile: load: %w", err)
	}
	changed := map[string]file{}
	if own != nil {
		if err := readOver(own, files, changed); err != nil {
			return nil, fmt.Errorf("profile: load: %w", err)
		}
	}
	b, err := build(files, changed)
	if err != nil {
		return nil, fmt.Errorf("profile: load: %w", err)
	}
	return b, nil
}

// read reads the files of a folder, each of which is whole.
func read(from fs.FS, dir string, into map[string]file) error {
	return each(from, dir, func(text string) (file, error) {
		var f file
		if _, err := decode(text, &f); err != nil {
			return f, err
		}
		if _, twice := into[f.ID]; twice {
			return f, fmt.Errorf("id: %q %w", f.ID, errTwice)
		}
		into[f.ID] = f
		return f, nil
	})
}

// readOver reads an operator's files over those that are there.
func readOver(from fs.FS, files, changed map[string]file) error {
	return each(from, ".", func(text string) (file, error) {
		var f file
		if _, err := decode(text, &f); err != nil {
			return f, err
		}
		if _, twice := changed[f.ID]; twice {
			return f, fmt.Errorf("id: %q %w", f.ID, errTwice)
		}
		if base, there := files[f.ID]; there {
			var err error
			if f, err = base.over(text); err != nil {
				return f, err
			}
		}
		files[f.ID], changed[f.ID] = f, f
		return f, nil
	})
}

// each hands the files of a folder over in the order of their names and checks what
// comes of them.
func each(from fs.FS, dir string, take func(text string) (file, error)) error {
	names, err := fs.Glob(from, path.Join(dir, "*.toml"))
	if err != nil {
		return err
	}
	for _, name := range names {
		text, err := fs.ReadFile(from, name)
		if err != nil {
			return err
		}
		f, err := take(string(text))
		if err == nil {
			// The rules are compiled here for the error's sake: it names the file.
			_, err = f.profile(nil)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func build(files, changed map[string]file) (*Book, error) {
	general, err := reply.General()
	if err != nil {
		return nil, err
	}
	b := &Book{domains: map[string]*Profile{}}
	for _, f := range files {
		p, err := f.profile(general)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.ID, err)
		}
		_, p.own = changed[p.ID]
		if p.ID == Everyone {
			b.everyone = p
			continue
		}
		b.profiles = append(b.profiles, p)
	}
	if b.everyone == nil {
		return nil, errNoEveryone
	}
	slices.SortFunc(b.profiles, func(x, y *Profile) int { return strings.Compare(x.ID, y.ID) })
	for _, p := range b.profiles {
		if err := b.claim(p); err != nil {
			return nil, err
		}
	}
	b.profiles = append(b.profiles, b.everyone)
	return b, nil
}

// claim enters a profile's domains.
func (b *Book) claim(p *Profile) error {
	for _, d := range p.Domains {
		other := b.domains[d]
		switch {
		case other == nil || p.own && !other.own:
			b.domains[d] = p
		case p.own == other.own:
			return fmt.Errorf("%s: match: domains: %q %w: %s has it", p.ID, d, errTwice, other.ID)
		}
	}
	return nil
}

// All lists the profiles by id, the one for everyone last.
func (b *Book) All() []*Profile { return slices.Clone(b.profiles) }

// ByID returns a profile, or nil if there is none.
func (b *Book) ByID(id string) *Profile {
	for _, p := range b.profiles {
		if p.ID == id {
			return p
		}
	}
	return nil
}

// ByDomain returns whose recipient domain it is, or nil if nobody's. The domain is in
// A-labels; letter case and a dot at the end do not matter.
func (b *Book) ByDomain(domain string) *Profile {
	domain = plain(domain)
	if p := b.domains[domain]; p != nil {
		return p
	}
	for at := strings.IndexByte(domain, '.'); at >= 0; {
		if p := b.domains[domain[at:]]; p != nil {
			return p
		}
		next := strings.IndexByte(domain[at+1:], '.')
		if next < 0 {
			break
		}
		at += 1 + next
	}
	return nil
}

// ByMX returns the provider that all of a domain's mail servers belong to, or nil:
// where one server is somebody else's, the domain is not this provider's customer in
// the way that its limits are meant. Of several the one with the closest name wins, and
// of equals the operator's own.
func (b *Book) ByMX(hosts []string) *Profile {
	var best *Profile
	closest := 0
	for _, p := range b.profiles {
		if n := p.fits(hosts); n > closest || n > 0 && n == closest && p.own {
			best, closest = p, n
		}
	}
	return best
}

// fits says how close all hosts are to a profile's servers: the length of the shortest
// name that was met, 0 if one is not met.
func (p *Profile) fits(hosts []string) int {
	least := 0
	for _, h := range hosts {
		longest := 0
		for _, suffix := range p.MX {
			if h = plain(h); h == suffix || strings.HasSuffix(h, "."+suffix) {
				longest = max(longest, len(suffix))
			}
		}
		if longest == 0 {
			return 0
		}
		if least == 0 || longest < least {
			least = longest
		}
	}
	return least
}

// For returns the profile for a recipient's domain: by its name, else by its mail
// servers, else the one for everyone. It is never nil.
func (b *Book) For(domain string, mxHosts []string) *Profile {
	if p := b.ByDomain(domain); p != nil {
		return p
	}
	if p := b.ByMX(mxHosts); p != nil {
		return p
	}
	return b.everyone
}

func plain(name string) string { return strings.TrimSuffix(strings.ToLower(name), ".") }
