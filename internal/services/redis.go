package services

import (
	"context"
	"fmt"
	"net"
	"sync"

	"github.com/redis/go-redis/v9"
)

const (
	redisVariable  = "KUMUN_TEST_REDIS"
	redisDatabases = 1024
)

// Redis gives the test an empty database of its own on the shared server.
func Redis(t TB) string {
	t.Helper()
	shared := redisServer(t)
	own := fmt.Sprintf("%s/%d", shared, nextRedisDatabase(t, shared))
	options, err := redis.ParseURL(own)
	if err != nil {
		t.Fatalf("%s: %v", redisVariable, err)
	}
	client := redis.NewClient(options)
	empty := func() {
		if err := client.FlushDB(context.Background()).Err(); err != nil {
			t.Fatalf("empty the Redis database: %v", err)
		}
	}
	empty()
	t.Cleanup(func() {
		empty()
		_ = client.Close()
	})
	return own
}

// nextRedisDatabase counts in database 0, which no test gets, so that test
// processes side by side never meet.
func nextRedisDatabase(t TB, shared string) int64 {
	t.Helper()
	options, err := redis.ParseURL(shared)
	if err != nil {
		t.Fatalf("%s: %v", redisVariable, err)
	}
	client := redis.NewClient(options)
	defer client.Close()
	count, err := client.Incr(context.Background(), "databases").Result()
	if err != nil {
		t.Fatalf("number a Redis database: %v", err)
	}
	return 1 + count%(redisDatabases-1)
}

// RedisServer is a server that a test may kill and bring back, empty, at the
// same address.
type RedisServer struct {
	URL string

	t       TB
	address string
	running *server
}

// OwnRedis starts a server for this test alone.
func OwnRedis(t TB) *RedisServer {
	t.Helper()
	address, err := freeAddress()
	if err != nil {
		t.Fatalf("Redis: %v", err)
	}
	own := &RedisServer{URL: "redis://" + address, t: t, address: address}
	own.Start()
	t.Cleanup(own.Kill)
	return own
}

func (r *RedisServer) Start() {
	r.t.Helper()
	running, err := startRedisAt(r.address)
	if err != nil {
		r.t.Fatalf("Redis: %v", err)
	}
	r.running = running
}

// Kill ends the server at once, with all it held.
func (r *RedisServer) Kill() {
	if r.running == nil {
		return
	}
	r.running.stop()
	r.running = nil
}

func redisServer(t TB) string {
	t.Helper()
	url, err := sharedOr(redisVariable, startSharedRedis)
	if err != nil {
		t.Fatalf("Redis: %v", err)
	}
	return url
}

var startSharedRedis = sync.OnceValues(func() (string, error) {
	address, err := freeAddress()
	if err != nil {
		return "", err
	}
	_, err = startRedisAt(address)
	return "redis://" + address, err
})

func startRedisAt(address string) (*server, error) {
	program, found := findProgram("redis-server", "valkey-server")
	if !found {
		return nil, missing("Redis", "redis-server", "redis")
	}
	folder, err := newFolder(nil)
	if err != nil {
		return nil, err
	}
	host, port, _ := net.SplitHostPort(address)
	started, err := startServer(folder, nil, "KILL", program, "--bind", host, "--port", port, "--save", "",
		"--appendonly", "no", "--maxmemory-policy", "noeviction", "--databases", fmt.Sprint(redisDatabases))
	if err != nil {
		return nil, err
	}
	if err := started.await(accepts(address)); err != nil {
		started.stop()
		return nil, err
	}
	return started, nil
}
