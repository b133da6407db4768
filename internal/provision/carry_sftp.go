package provision

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"

	"github.com/kyodaku/kyodaku/internal/fault"
)

// carrySFTP writes a data set under a temporary name and renames it when it is whole:
// a name that ends like a data set never holds a part of one. The name carries the hash
// of the content, so that a file of that name and size is the work of an attempt whose
// answer was lost, and is not written twice.
func carrySFTP(ctx context.Context, p *parcel, x Secrets) (proof string, sent bool, err error) {
	conn, err := dialSSH(ctx, p.run.To.Target, x)
	if err != nil {
		return "", false, err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() }) // ends whatever waits for the other side
	defer stop()
	client, err := sftp.NewClient(conn, sftp.UseConcurrentWrites(true))
	if err != nil {
		return "", false, fault.Wrap(fault.Busy, err, "provision.target.refused")
	}
	defer client.Close()
	final := path.Join(p.run.To.Target.Folder, p.name())
	if there, err := isThere(client, final, p); err != nil || there {
		return p.proofAt(final), false, err
	}
	if err := removeParts(client, p); err != nil {
		return "", false, fault.Wrap(fault.Busy, err, "provision.target.broken")
	}
	part := fmt.Sprintf("%s%s%d", final, partMark, p.attempt)
	if err := upload(client, part, p); err != nil {
		return "", true, fault.Wrap(fault.Busy, errors.Join(err, client.Remove(part)), "provision.target.broken")
	}
	if err := client.PosixRename(part, final); err != nil {
		return "", true, fault.Wrap(fault.Busy, errors.Join(err, client.Remove(part)), "provision.target.broken")
	}
	there, err := isThere(client, final, p)
	if err == nil && !there {
		err = fault.New(fault.Busy, "provision.target.broken")
	}
	return p.proofAt(final), true, err
}

// partMark is between the name of a data set and the number of the attempt that left a part of it.
const partMark = ".part"

// removeParts deletes what earlier attempts of the run left half-way: nobody is to find people's
// data in a folder who were taken out since. A folder that shows nothing of itself keeps it.
func removeParts(client *sftp.Client, p *parcel) error {
	folder := p.run.To.Target.Folder
	files, err := client.ReadDir(folder)
	if errors.Is(err, fs.ErrPermission) {
		return nil
	}
	for _, f := range files {
		if strings.HasPrefix(f.Name(), p.run.Public()+"-") && strings.Contains(f.Name(), "."+string(p.run.Format)+partMark) {
			err = errors.Join(err, client.Remove(path.Join(folder, f.Name())))
		}
	}
	return err
}

func (p *parcel) proofAt(where string) string {
	return fmt.Sprintf("%s, sha256 %s", where, hex.EncodeToString(p.hash[:]))
}

func dialSSH(ctx context.Context, t Target, x Secrets) (*ssh.Client, error) {
	key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(t.HostKey))
	if err != nil {
		return nil, fault.Wrap(fault.Refused, err, "provision.target.host_key")
	}
	c := &ssh.ClientConfig{User: t.User, HostKeyCallback: ssh.FixedHostKey(key), HostKeyAlgorithms: algorithmsOf(key), Timeout: dialTimeout}
	if x.PrivateKey != "" {
		signer, err := ssh.ParsePrivateKey([]byte(x.PrivateKey))
		if err != nil {
			return nil, fault.Wrap(fault.Refused, err, "provision.target.private_key")
		}
		c.Auth = append(c.Auth, ssh.PublicKeys(signer))
	}
	if x.Password != "" {
		c.Auth = append(c.Auth, ssh.Password(x.Password))
	}
	raw, err := dialer(t.Inside).DialContext(ctx, "tcp", t.Host)
	if err != nil {
		return nil, fault.Wrap(fault.Busy, err, "provision.target.unreachable")
	}
	// The handshake waits for the other side without a context.
	greet, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	stop := context.AfterFunc(greet, func() { _ = raw.Close() })
	conn, channels, requests, err := ssh.NewClientConn(raw, t.Host, c)
	if err != nil {
		_ = raw.Close() // the first error is the one to report
		return nil, fault.Wrap(fault.Refused, err, "provision.target.refused")
	}
	if !stop() { // closed at the last moment
		return nil, fault.Wrap(fault.Busy, greet.Err(), "provision.target.unreachable")
	}
	return ssh.NewClient(conn, channels, requests), nil
}

// algorithmsOf are the ways in which a key may prove itself: an RSA key no longer by
// SHA-1.
func algorithmsOf(key ssh.PublicKey) []string {
	if key.Type() == ssh.KeyAlgoRSA {
		return []string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256}
	}
	return []string{key.Type()}
}

// isThere says whether a file holds the data set, and refuses one that holds another.
func isThere(client *sftp.Client, name string, p *parcel) (bool, error) {
	info, err := client.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fault.Wrap(fault.Busy, err, "provision.target.broken")
	}
	if info.Size() != p.size {
		return false, fault.New(fault.Refused, "provision.target.other")
	}
	return true, nil
}

func upload(client *sftp.Client, name string, p *parcel) error {
	f, err := client.Create(name)
	if err != nil {
		return err
	}
	n, err := f.ReadFrom(io.LimitReader(p.open(), p.size+1))
	if err == nil && n != p.size {
		err = errors.New("the data set changed on its way")
	}
	return errors.Join(err, f.Close())
}
