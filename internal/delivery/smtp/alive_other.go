//go:build !unix

package smtp

import "syscall"

// alive cannot be known without reading here: the next MAIL will tell, and
// Result.Reused says that a new session may be tried at once.
func alive(syscall.Conn) bool { return true }
