// Command kyodaku collects permissions, sends only where one stands, and proves it.
//
// Not here: anything but handing the process's arguments to cli.
package main
