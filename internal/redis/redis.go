// Package redis gives Asynq a Redis: the one that REDIS_URL names, or one
// inside this process.
package redis

import (
	"context"
	"fmt"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"
)

// Open connects to the Redis of the address, or starts one in this process
// when it is empty. The latter forgets everything when the process ends: the
// outbox makes it durable.
func Open(ctx context.Context, address string) (_ asynq.RedisConnOpt, closeServer func(), _ error) {
	if address == "" {
		return inProcess()
	}
	options, err := asynq.ParseRedisURI(address)
	if err != nil {
		return nil, nil, fmt.Errorf("REDIS_URL: %w", err)
	}
	if err := Ping(ctx, options); err != nil {
		return nil, nil, fmt.Errorf("REDIS_URL: Redis does not answer: %w", err)
	}
	return options, func() {}, nil
}

// Client speaks to it directly.
func Client(options asynq.RedisConnOpt) redis.UniversalClient {
	return options.MakeRedisClient().(redis.UniversalClient)
}

// Ping tells whether Redis answers.
func Ping(ctx context.Context, options asynq.RedisConnOpt) error {
	client := Client(options)
	defer func() { _ = client.Close() }()
	return client.Ping(ctx).Err()
}

// Eviction is what Redis does for want of memory; "" where it does not tell, as
// some that are rented do not.
func Eviction(ctx context.Context, options asynq.RedisConnOpt) string {
	client := Client(options)
	defer func() { _ = client.Close() }()
	return client.ConfigGet(ctx, "maxmemory-policy").Val()["maxmemory-policy"]
}

func inProcess() (asynq.RedisConnOpt, func(), error) {
	server, err := miniredis.Run()
	if err != nil {
		return nil, nil, fmt.Errorf("start Redis in this process: %w", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	go passTime(ctx, server)
	return asynq.RedisClientOpt{Addr: server.Addr()}, func() {
		stop()
		server.Close()
	}, nil
}

// passTime lets locks and leases expire: time stands still in miniredis.
func passTime(ctx context.Context, server *miniredis.Miniredis) {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			server.FastForward(time.Second)
		}
	}
}
