package evidence

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
)

// file is a member of a pack.
type file struct {
	name string
	data []byte
}

// The fixed parts of a zip file (APPNOTE.TXT 4.3): members are stored, not
// compressed, named in UTF-8 and dated 1980-01-01. So the same contents always
// give the same bytes, in every version of every library.
const (
	zipVersion = 20
	zipUTF8    = 0x800
	zipDate    = 0x21
	// zipMost is the largest size without the 64-bit extensions, with room to spare.
	zipMost = 1 << 31
)

// writeArchive writes a zip of that fixed form.
func writeArchive(w io.Writer, files []file) error {
	var directory bytes.Buffer
	at := uint64(0)
	for _, f := range files {
		crc, size := crc32.ChecksumIEEE(f.data), uint32(len(f.data))
		if at+uint64(len(f.data)) > zipMost || len(files) > 0xfff0 {
			return fmt.Errorf("evidence: a pack of more than %d bytes", zipMost)
		}
		common := fields(uint16(zipVersion), uint16(zipUTF8), uint16(0), uint16(0), uint16(zipDate), crc, size, size, uint16(len(f.name)), uint16(0))
		directory.Write(fields(uint32(0x02014b50), uint16(zipVersion)))
		directory.Write(common)
		directory.Write(fields(uint16(0), uint16(0), uint16(0), uint32(0), uint32(at)))
		directory.WriteString(f.name)
		local := append(append(fields(uint32(0x04034b50)), common...), f.name...)
		for _, part := range [][]byte{local, f.data} {
			if _, err := w.Write(part); err != nil {
				return fmt.Errorf("evidence: write: %w", err)
			}
			at += uint64(len(part))
		}
	}
	count := uint16(len(files))
	end := fields(uint32(0x06054b50), uint16(0), uint16(0), count, count, uint32(directory.Len()), uint32(at), uint16(0))
	if _, err := w.Write(append(directory.Bytes(), end...)); err != nil {
		return fmt.Errorf("evidence: write: %w", err)
	}
	return nil
}

// fields writes numbers in little-endian, as zip does.
func fields(values ...any) []byte {
	var b []byte
	for _, v := range values {
		switch v := v.(type) {
		case uint16:
			b = binary.LittleEndian.AppendUint16(b, v)
		case uint32:
			b = binary.LittleEndian.AppendUint32(b, v)
		}
	}
	return b
}

// readArchive reads the members of a pack that it can and reports the rest.
func readArchive(r io.ReaderAt, size int64, rep *Report) []file {
	rep.begin(CheckArchive)
	if size > zipMost {
		rep.fail(Finding{Detail: "larger than a pack can be"})
		return nil
	}
	z, err := zip.NewReader(r, size)
	if err != nil {
		rep.fail(Finding{Detail: err.Error()})
		return nil
	}
	var files []file
	left := uint64(size)
	for _, f := range z.File {
		if f.Method != zip.Store || f.UncompressedSize64 != f.CompressedSize64 || f.UncompressedSize64 > left {
			rep.fail(Finding{File: f.Name, Detail: "its header was altered"})
			continue
		}
		left -= f.UncompressedSize64
		data, err := readMember(f)
		if err != nil {
			rep.fail(Finding{File: f.Name, Detail: err.Error()})
		}
		if data != nil {
			files = append(files, file{name: f.Name, data: data})
		}
	}
	if rep.ok() {
		compareLayout(r, size, files, rep)
	}
	return files
}

// readMember reads a member; the data of one with a wrong checksum is returned too.
func readMember(f *zip.File) ([]byte, error) {
	m, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer m.Close()
	data := make([]byte, f.UncompressedSize64)
	n, err := io.ReadFull(m, data)
	if err != nil && n < len(data) {
		return nil, err
	}
	_, err = m.Read(make([]byte, 1)) // the checksum is looked at behind the last byte
	if err == io.EOF {
		err = nil
	}
	return data, err
}

// compareLayout writes the archive again and compares: what no reader looks at
// (dates, flags, gaps) must be as it was written.
func compareLayout(r io.ReaderAt, size int64, files []file, rep *Report) {
	c := &comparer{r: r, differs: -1}
	if err := writeArchive(c, files); err != nil {
		rep.fail(Finding{Detail: err.Error()})
		return
	}
	if c.differs < 0 && c.at == size {
		return
	}
	f := Finding{Detail: fmt.Sprintf("the container was altered at byte %d", max(c.differs, 0))}
	end := int64(0)
	for _, m := range files {
		if end += int64(30 + len(m.name) + len(m.data)); c.differs >= 0 && c.differs < end {
			f.File = m.name
			break
		}
	}
	rep.fail(f)
}

// comparer is a Writer that only looks whether it is given what stands there.
type comparer struct {
	r       io.ReaderAt
	at      int64
	differs int64
}

// Write implements io.Writer.
func (c *comparer) Write(p []byte) (int, error) {
	if c.differs < 0 {
		have := make([]byte, len(p))
		n, err := c.r.ReadAt(have, c.at)
		if err != nil && err != io.EOF {
			return 0, err
		}
		for i := range p {
			if i >= n || have[i] != p[i] {
				c.differs = c.at + int64(i)
				break
			}
		}
	}
	c.at += int64(len(p))
	return len(p), nil
}
