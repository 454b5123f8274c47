package limit_test

import (
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/kumun/kumun/internal/limit"
)

// shared are two processes beside one Redis, whose time the test moves.
func shared(t *testing.T) (server *miniredis.Miniredis, one, other *limit.Shared, forward func(time.Duration)) {
	t.Helper()
	server = miniredis.RunT(t)
	now := time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
	server.SetTime(now)
	process := func() *limit.Shared {
		client := redis.NewClient(&redis.Options{Addr: server.Addr()})
		t.Cleanup(func() { _ = client.Close() })
		return limit.NewShared(client)
	}
	return server, process(), process(), func(wait time.Duration) {
		now = now.Add(wait)
		server.SetTime(now)
		server.FastForward(wait)
	}
}

func TestProcessesShareTheRoomOfAKey(t *testing.T) {
	_, one, other, forward := shared(t)
	take := func(from *limit.Shared, key string, wanted, want int) time.Duration {
		t.Helper()
		granted, wait, err := from.Take(t.Context(), key, 60, wanted)
		if err != nil || granted != want || (wait > 0) != (granted < wanted) {
			t.Errorf("%s: %d of %d granted, want %d; wait %s; %v", key, granted, wanted, want, wait, err)
		}
		return wait
	}

	take(one, "gmail.com", 40, 40)
	wait := take(other, "gmail.com", 40, 20)
	take(one, "orange.fr", 10, 10)
	if wait != 20*time.Second {
		t.Errorf("wait %s for 20 of 60 a minute", wait)
	}
	take(one, "gmail.com", 1, 0)

	forward(wait)
	take(one, "gmail.com", 20, 20)
	take(other, "gmail.com", 5, 0)
}

func TestAKeyThatIsOvertaxedRestsLongerEachTime(t *testing.T) {
	_, one, other, forward := shared(t)
	for _, want := range []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute} {
		rest, err := one.Rest(t.Context(), "gmail.com")
		if err != nil || rest != want {
			t.Errorf("rests %s, want %s; %v", rest, want, err)
		}
		if granted, wait, err := other.Take(t.Context(), "gmail.com", 60, 1); err != nil || granted != 0 || wait != want {
			t.Errorf("%d granted while it rests, wait %s, %v", granted, wait, err)
		}
		if granted, _, err := other.Take(t.Context(), "orange.fr", 60, 1); err != nil || granted != 1 {
			t.Errorf("another rests with it: %d, %v", granted, err)
		}
		forward(want)
		if granted, _, err := other.Take(t.Context(), "gmail.com", 60, 1); err != nil || granted != 1 {
			t.Errorf("%d granted after its rest, %v", granted, err)
		}
	}
	for range 10 {
		if rest, err := one.Rest(t.Context(), "gmail.com"); err != nil || rest > time.Hour {
			t.Errorf("rests %s, %v", rest, err)
		}
	}
	forward(time.Hour)
	if rest, err := one.Rest(t.Context(), "gmail.com"); err != nil || rest != time.Minute {
		t.Errorf("after a quiet hour it rests %s, %v", rest, err)
	}
}

func TestARedisThatIsAwayIsSaid(t *testing.T) {
	server, one, _, _ := shared(t)
	server.Close()

	if _, _, err := one.Take(t.Context(), "gmail.com", 60, 1); err == nil {
		t.Error("room without Redis")
	}
	if _, err := one.Rest(t.Context(), "gmail.com"); err == nil {
		t.Error("rest without Redis")
	}
}
