package main_test

import (
	"testing"

	kumun "github.com/kumun/kumun/cmd/kumun"
)

func TestX(t *testing.T) { _ = kumun.Furnish }
