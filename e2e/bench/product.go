package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/kumun/kumun/internal/clock"
	"github.com/kumun/kumun/internal/services"
)

// store is an engine with what the product needs to know of it.
type store struct {
	name   string
	folder string
	env    []string
	redis  string
	sink   *sink
	// databaseURL and ownerURL open the same store from here.
	databaseURL, ownerURL string
	// spareURL and spareOwnerURL open an empty one beside it.
	spareURL, spareOwnerURL string
}

func stores(program *services.Program, folder string, sink *sink) []store {
	data := filepath.Join(folder, "sqlite")
	sqlite := store{name: "SQLite", sink: sink, folder: data, databaseURL: "sqlite:" + filepath.Join(data, "kumun.db")}
	owner, app := services.PostgreSQL(program)
	spareOwner, spare := services.PostgreSQL(program)
	postgres := store{spareURL: spare, spareOwnerURL: spareOwner, name: "PostgreSQL", sink: sink, folder: filepath.Join(folder, "postgres"), databaseURL: app, ownerURL: owner,
		redis: services.Redis(program)}
	for _, s := range []*store{&sqlite, &postgres} {
		s.env = []string{"KUMUN_DATA=" + s.folder, "DATABASE_URL=" + s.databaseURL, "DATABASE_OWNER_URL=" + s.ownerURL, "REDIS_URL=" + s.redis}
	}
	return []store{sqlite, postgres}
}

// build makes the binary with the flags of the Makefile.
func build(ctx context.Context, folder string) (string, error) {
	binary := filepath.Join(folder, "kumun")
	command := exec.CommandContext(ctx, "go", "build", "-o", binary, "github.com/kumun/kumun/cmd/kumun")
	if os.Getenv("GOFLAGS") == "" {
		command.Env = append(os.Environ(), "GOFLAGS=-tags=nodynamic -buildvcs=false")
	}
	if out, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w: %s", err, out)
	}
	return binary, nil
}

// process is a server that runs beside us.
type process struct {
	command *exec.Cmd
	address string
	// began is the moment before it was started.
	began time.Time
}

// stop ends it as a service manager would.
func (p *process) stop() {
	_ = p.command.Process.Signal(os.Interrupt)
	_ = p.command.Wait()
}

// memory is what the process holds now, and the most it ever held, in MB.
func (p *process) memory() (resident, peak float64, err error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.command.Process.Pid))
	if err != nil {
		return 0, 0, err
	}
	megabytes := func(name string) float64 {
		found := regexp.MustCompile(name + `:\s+(\d+) kB`).FindSubmatch(status)
		if found == nil {
			return 0
		}
		kilobytes, _ := strconv.ParseFloat(string(found[1]), 64)
		return kilobytes / 1024
	}
	return megabytes("VmRSS"), megabytes("VmHWM"), nil
}

// processor is how long the process has used a processor, to a hundredth of a
// second.
func (p *process) processor() (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.command.Process.Pid))
	if err != nil {
		return 0, err
	}
	// The second field is a name in brackets, which may hold anything.
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	user, err := strconv.Atoi(fields[11])
	system, other := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond, errors.Join(err, other)
}

// serve starts `kumun serve` on a store; it answers once await returns.
func serve(ctx context.Context, binary string, s store) (*process, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	_, port, _ := net.SplitHostPort(address)
	command := exec.CommandContext(ctx, binary, "serve")
	command.Env = append(append(os.Environ(), s.env...), "KUMUN_LISTEN="+address, "KUMUN_BASE_URL=http://localhost:"+port,
		"SMTP_URL=smtp://"+s.sink.address, "KUMUN_MAIL_RATE=off")
	command.Stderr = &quiet{}
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	p := &process{command: command, address: address, began: time.Now()}
	return p, command.Start()
}

// serving starts `kumun serve` and waits for its first page.
func serving(ctx context.Context, binary string, s store) (*process, error) {
	p, err := serve(ctx, binary, s)
	if err != nil {
		return nil, err
	}
	_, err = p.await(ctx) // which stops what does not answer
	return p, err
}

// page is a page of a community of the product.
func (p *process) page(path string) target {
	_, port, _ := net.SplitHostPort(p.address)
	return target{address: p.address, host: "cornouaille.localhost:" + port, path: path, encoding: "gzip"}
}

// await returns how long after the start the first page came.
func (p *process) await(ctx context.Context) (time.Duration, error) {
	for time.Since(p.began) < 30*time.Second && ctx.Err() == nil {
		if got, err := fetch(ctx, p.page("/")); err == nil && got.status == 200 {
			return time.Since(p.began), nil
		}
		if clock.Wait(ctx, 2*time.Millisecond) != nil {
			break
		}
	}
	p.stop()
	return 0, fmt.Errorf("the product did not answer: %s", p.command.Stderr)
}

// fill loads the demonstration into a store and stops.
func fill(ctx context.Context, binary string, s store) error {
	step("%s: loading the demonstration", s.name)
	p, err := demo(ctx, binary, s.env, "--data", s.folder)
	if err != nil {
		return err
	}
	p.stop()
	return nil
}

// demo starts `kumun demo` and returns once it serves. Its address is the
// community's own.
func demo(ctx context.Context, binary string, env []string, arguments ...string) (*process, error) {
	command := exec.CommandContext(ctx, binary, append([]string{"demo", "--listen", "127.0.0.1:0"}, arguments...)...)
	command.Env = append(os.Environ(), env...)
	command.Stderr = &quiet{}
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	output, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p := &process{command: command, began: time.Now()}
	if err := command.Start(); err != nil {
		return nil, err
	}
	bare := regexp.MustCompile(`Kumun +http://localhost(:\d+)/`)
	for lines := bufio.NewScanner(output); lines.Scan(); {
		if found := bare.FindStringSubmatch(lines.Text()); found != nil {
			p.address = "127.0.0.1" + found[1]
		}
		if strings.Contains(lines.Text(), "Ctrl-C") {
			return p, nil
		}
	}
	return nil, errors.Join(fmt.Errorf("the demonstration did not start: %s", command.Stderr), command.Wait())
}

// kumun runs a short command on a store and returns what it printed.
func kumun(ctx context.Context, binary string, s store, p *process, arguments ...string) (string, error) {
	_, port, _ := net.SplitHostPort(p.address)
	command := exec.CommandContext(ctx, binary, arguments...)
	command.Env = append(append(os.Environ(), s.env...), "KUMUN_BASE_URL=http://localhost:"+port)
	problem := &quiet{}
	command.Stderr = problem
	out, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("kumun %s: %w: %s", arguments[0], err, problem)
	}
	return strings.TrimSpace(string(out)), nil
}

// quiet keeps the last of what a process complains about, for when it fails.
type quiet struct{ last []byte }

func (q *quiet) Write(text []byte) (int, error) {
	q.last = append(q.last, text...)
	q.last = q.last[max(0, len(q.last)-2000):]
	return len(text), nil
}

func (q *quiet) String() string { return string(q.last) }

func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}
