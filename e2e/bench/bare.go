package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
)

// bareArgument makes this program the yardstick: net/http with nothing on it,
// in a process of its own, as the product is.
const bareArgument = "bare"

// barePage is an answer as the product gave it.
type barePage struct {
	Header http.Header
	Body   []byte
}

// serveBare answers with the pages that it reads, by path, until its input
// ends. It writes its address first.
func serveBare(input io.Reader, output io.Writer) error {
	decoder := json.NewDecoder(input)
	var pages map[string]barePage
	if err := decoder.Decode(&pages); err != nil {
		return fmt.Errorf("read pages: %w", err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go func() {
		_, _ = io.Copy(io.Discard, decoder.Buffered())
		_, _ = io.Copy(io.Discard, input)
		os.Exit(0)
	}()
	if _, err := fmt.Fprintln(output, listener.Addr()); err != nil {
		return err
	}
	return http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page := pages[r.URL.Path]
		header := w.Header()
		for name, values := range page.Header {
			header[name] = values
		}
		_, _ = w.Write(page.Body)
	}))
}

// startBare starts the yardstick with the given answers.
func startBare(ctx context.Context, answers map[string]answer) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	command := exec.CommandContext(ctx, self, bareArgument)
	command.Stderr = os.Stderr
	input, err := command.StdinPipe()
	if err != nil {
		return nil, err
	}
	output, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, err
	}
	bare := &process{command: command}
	pages := map[string]barePage{}
	for path, answer := range answers {
		header := answer.header.Clone()
		header.Del("Date") // net/http writes it
		header.Set("Content-Length", strconv.Itoa(len(answer.body)))
		pages[path] = barePage{header, answer.body}
	}
	if err := json.NewEncoder(input).Encode(pages); err != nil {
		return nil, fmt.Errorf("tell the bare server its pages: %w", err)
	}
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("the bare server did not start: %w", err)
	}
	bare.address = line[:len(line)-1]
	return bare, nil
}
