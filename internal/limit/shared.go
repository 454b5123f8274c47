package limit

import (
	"context"
	"fmt"
	"time"

	"github.com/go-redis/redis_rate/v10"
	"github.com/redis/go-redis/v9"
)

const (
	// restsFirst is how long a key rests once it is said to be overtaxed, twice as
	// long each time within the hour, up to restsMost.
	restsFirst = time.Minute
	restsMost  = time.Hour
)

// Shared bounds how often all processes together do something for one key.
type Shared struct {
	redis redis.UniversalClient
	rate  *redis_rate.Limiter
}

// NewShared keeps its count in Redis.
func NewShared(client redis.UniversalClient) *Shared {
	return &Shared{redis: client, rate: redis_rate.NewLimiter(client)}
}

// Take asks for room for some at once, where so many a minute may go: it tells
// for how many there is room, and otherwise how long to wait before asking again.
func (s *Shared) Take(ctx context.Context, key string, perMinute, wanted int) (granted int, wait time.Duration, err error) {
	resting, err := s.redis.PTTL(ctx, restKey(key)).Result()
	if err != nil {
		return 0, 0, fmt.Errorf("ask whether %s rests: %w", key, err)
	}
	if resting > 0 {
		return 0, resting, nil
	}
	room, err := s.rate.AllowAtMost(ctx, key, redis_rate.PerMinute(perMinute), wanted)
	if err != nil {
		return 0, 0, fmt.Errorf("take room of %s: %w", key, err)
	}
	// As long as it takes to make room for the others, or for many of them.
	left := time.Duration(wanted-room.Allowed) * time.Minute / time.Duration(perMinute)
	return room.Allowed, min(left, time.Minute), nil
}

// Rest lets nothing of the key go for a while, which it returns.
func (s *Shared) Rest(ctx context.Context, key string) (time.Duration, error) {
	times := restKey(key) + ":times"
	said, err := s.redis.Incr(ctx, times).Result()
	if err == nil {
		err = s.redis.Expire(ctx, times, restsMost).Err()
	}
	if err != nil {
		return 0, fmt.Errorf("let %s rest: %w", key, err)
	}
	rest := restsFirst
	for range said - 1 {
		rest = min(2*rest, restsMost)
	}
	if err := s.redis.Set(ctx, restKey(key), said, rest).Err(); err != nil {
		return 0, fmt.Errorf("let %s rest: %w", key, err)
	}
	return rest, nil
}

func restKey(key string) string { return "rest:" + key }
