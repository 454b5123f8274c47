package services

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"
)

const startsWithin = 30 * time.Second

// server is a child process that ends with us, however we end: the kernel
// closes the leash even after a SIGKILL, and the shell that reads it then kills
// the server and removes its folder.
type server struct {
	shell  *exec.Cmd
	leash  io.Closer
	folder string
}

const leashed = `
folder=$1 ending=$2; shift 2
"$@" </dev/null >"$folder/log" 2>&1 &
server=$!
read -r _
kill -$ending $server
wait $server 2>/dev/null
rm -rf "$folder"`

// newFolder belongs to the account that servers run as: PostgreSQL refuses root.
func newFolder(as *syscall.Credential) (string, error) {
	folder, err := os.MkdirTemp(memory(), "kumun-test-")
	if err != nil || as == nil {
		return folder, err
	}
	return folder, os.Chown(folder, int(as.Uid), int(as.Gid))
}

// memory is a folder that lives in memory, where databases are made three times
// as fast; "" where there is none with room for a test run.
func memory() string {
	const folder, room = "/dev/shm", 4 << 30
	var found syscall.Statfs_t
	if err := syscall.Statfs(folder, &found); err != nil || found.Bavail*uint64(found.Bsize) < room { //nolint:gosec // a size is not negative
		return ""
	}
	return folder
}

// running keeps hold of the leashes: a forgotten one is collected, and closed.
var (
	running      []*server
	runningMutex sync.Mutex
)

func startServer(folder string, as *syscall.Credential, ending string, command ...string) (*server, error) {
	shell := exec.Command("sh", append([]string{"-c", leashed, "sh", folder, ending}, command...)...)
	shell.Dir = folder
	// In a process group of its own, an interrupt at the terminal reaches us alone.
	shell.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: as}
	leash, err := shell.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := shell.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", filepath.Base(command[0]), err)
	}
	started := &server{shell: shell, leash: leash, folder: folder}
	runningMutex.Lock()
	defer runningMutex.Unlock()
	running = append(running, started)
	return started, nil
}

func (s *server) stop() {
	_ = s.leash.Close()
	_ = s.shell.Wait()
	_ = os.RemoveAll(s.folder)
}

// await polls until the server answers, and tells what it logged if it never does.
func (s *server) await(answers func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), startsWithin)
	defer cancel()
	for {
		err := answers(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			logged, _ := os.ReadFile(filepath.Join(s.folder, "log"))
			return fmt.Errorf("no answer after %s: %w\n%s", startsWithin, err, logged)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func stopAll() {
	runningMutex.Lock()
	defer runningMutex.Unlock()
	for _, server := range running {
		server.stop()
	}
	running = nil
}

func accepts(address string) func(context.Context) error {
	return func(ctx context.Context) error {
		connection, err := new(net.Dialer).DialContext(ctx, "tcp", address)
		if err != nil {
			return err
		}
		return connection.Close()
	}
}

// unprivileged is the account for servers that refuse to run as root, nil when
// we are not root.
func unprivileged(name string) (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	account, err := user.Lookup(name)
	if err != nil {
		return nil, err
	}
	uid, uidErr := strconv.ParseUint(account.Uid, 10, 32)
	gid, gidErr := strconv.ParseUint(account.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, errors.Join(uidErr, gidErr)
}

func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}
