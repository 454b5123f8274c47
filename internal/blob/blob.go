// Package blob keeps files outside the database, each under a key whose first
// part is its tenant.
package blob

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/kumun/kumun/internal/fault"
)

// Store is a folder of files. All access goes through os.Root, so that no key
// can lead out of it.
type Store struct{ root *os.Root }

// Open opens the store in a folder, which it creates.
func Open(folder string) (*Store, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("KUMUN_DATA: %w", err)
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, fmt.Errorf("KUMUN_DATA: %w", err)
	}
	return &Store{root}, nil
}

// Put keeps content under a key. The file appears whole or not at all.
func (s *Store) Put(key string, content []byte) error {
	if err := s.root.MkdirAll(filepath.Dir(key), 0o700); err != nil {
		return fmt.Errorf("keep %s: %w", key, err)
	}
	part := key + ".part"
	if err := s.root.WriteFile(part, content, 0o600); err != nil {
		return fmt.Errorf("keep %s: %w", key, err)
	}
	if err := s.root.Rename(part, key); err != nil {
		return fmt.Errorf("keep %s: %w", key, err)
	}
	return nil
}

// Get reads what is kept under a key.
func (s *Store) Get(key string) ([]byte, error) {
	content, err := s.root.ReadFile(key)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read %s: %w", key, fault.NotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", key, err)
	}
	return content, nil
}

// Delete forgets a key; one that is not there is forgotten already.
func (s *Store) Delete(key string) error {
	if err := s.root.Remove(key); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("delete %s: %w", key, err)
	}
	return nil
}

// Erase forgets all that a tenant has.
func (s *Store) Erase(tenant string) error {
	if err := s.root.RemoveAll(tenant); err != nil {
		return fmt.Errorf("erase files of %s: %w", tenant, err)
	}
	return nil
}
