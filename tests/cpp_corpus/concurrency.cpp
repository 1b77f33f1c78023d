// Threads, atomics, futures and coroutines.
#include <array>
#include <atomic>
#include <barrier>
#include <chrono>
#include <condition_variable>
#include <coroutine>
#include <exception>
#include <functional>
#include <future>
#include <iostream>
#include <latch>
#include <memory>
#include <mutex>
#include <optional>
#include <queue>
#include <semaphore>
#include <shared_mutex>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

// --- threads are joined
void fill(std::vector<int>& into, int from) {
    for (int& n : into) n = from++;
}
// main
std::vector<int> left(3), right(3);
std::thread first(fill, std::ref(left), 0), second(fill, std::ref(right), 100);
first.join();
second.join();
std::cout << left.back() << right.back() << first.joinable() << '\n';

// --- a mutex keeps the count right
struct Counter {
    std::mutex mutex;
    int value = 0;
    void add(int times) {
        for (int i = 0; i < times; ++i) {
            std::lock_guard lock(mutex);
            ++value;
        }
    }
};
// main
Counter counter;
std::vector<std::thread> workers;
for (int i = 0; i < 4; ++i) workers.emplace_back(&Counter::add, &counter, 500);
for (auto& worker : workers) worker.join();
std::cout << counter.value << '\n';

// --- atomics
// main
std::atomic<int> hits{0};
{
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&hits = hits] {
            for (int j = 0; j < 250; ++j) hits.fetch_add(1, std::memory_order_relaxed);
        });
}
int expected = 1000;
std::cout << hits << hits.compare_exchange_strong(expected, 5) << hits.exchange(6) << hits.load()
          << '\n';

// --- async and futures
int parallel_sum(const int* first, const int* last) {
    const auto length = last - first;
    if (length < 100) {
        int sum = 0;
        for (; first != last; ++first) sum += *first;
        return sum;
    }
    const int* middle = first + length / 2;
    auto handle = std::async(std::launch::async, parallel_sum, middle, last);
    const int sum = parallel_sum(first, middle);
    return sum + handle.get();
}
// main
std::vector<int> ones(1000, 1);
std::cout << parallel_sum(ones.data(), ones.data() + ones.size()) << '\n';

// --- promise and packaged_task
// main
std::promise<std::string> promise;
std::future<std::string> future = promise.get_future();
std::thread keeper([p = std::move(promise)]() mutable { p.set_value("kept"); });
std::cout << future.get() << future.valid();
keeper.join();
std::packaged_task<int(int, int)> task([](int a, int b) { return a * b; });
auto product = task.get_future();
task(6, 7);
std::cout << product.get() << '\n';

// --- an exception crosses threads
// main
auto fails = std::async(std::launch::async, []() -> int { throw std::runtime_error("far away"); });
try {
    fails.get();
} catch (const std::runtime_error& e) {
    std::cout << e.what() << '\n';
}
std::promise<int> broken;
auto orphan = broken.get_future();
broken = std::promise<int>();
try {
    orphan.get();
} catch (const std::future_error& e) {
    std::cout << (e.code() == std::future_errc::broken_promise) << '\n';
}

// --- a deferred call runs when it is asked
// main
auto lazy = std::async(std::launch::deferred, [] {
    std::cout << "now ";
    return 1;
});
std::cout << "first ";
std::cout << lazy.get() << '\n';

// --- condition_variable hands over
class Channel {
public:
    void send(int n) {
        {
            std::lock_guard lock(mutex_);
            items_.push(n);
        }
        arrived_.notify_one();
    }
    int receive() {
        std::unique_lock lock(mutex_);
        arrived_.wait(lock, [this] { return !items_.empty(); });
        const int n = items_.front();
        items_.pop();
        return n;
    }

private:
    std::mutex mutex_;
    std::condition_variable arrived_;
    std::queue<int> items_;
};
// main
{
    Channel channel;
    std::jthread producer([&] {
        for (int i = 1; i <= 5; ++i) channel.send(i * i);
    });
    for (int i = 0; i < 5; ++i) std::cout << channel.receive() << ' ';
}
std::cout << '\n';

// --- jthread is asked to stop
// main
{
    std::atomic<bool> seen{false};
    std::jthread worker([&](std::stop_token stop) {
        while (!stop.stop_requested()) std::this_thread::yield();
        seen = true;
    });
    worker.request_stop();
    worker.join();
    std::cout << seen << '\n';
}

// --- call_once
// main
{
    std::once_flag once;
    std::atomic<int> times{0};
    std::vector<std::thread> all;
    for (int i = 0; i < 3; ++i) all.emplace_back([&] { std::call_once(once, [&] { ++times; }); });
    for (auto& t : all) t.join();
    std::cout << times << '\n';
}

// --- shared_mutex and scoped_lock
struct Telephone {
    mutable std::shared_mutex mutex;
    int number = 1;
    int read() const {
        std::shared_lock lock(mutex);
        return number;
    }
    void write(int n) {
        std::unique_lock lock(mutex);
        number = n;
    }
};
// main
Telephone telephone;
std::thread writer([&telephone = telephone] { telephone.write(42); });
writer.join();
std::mutex m1, m2;
{
    std::scoped_lock both(m1, m2);
    std::cout << telephone.read() << '\n';
}

// --- latch, barrier and semaphore
// main
{
    std::latch done(2);
    std::counting_semaphore<2> places(0);
    std::jthread one([&] {
        places.release();
        done.count_down();
    });
    std::jthread two([&] {
        places.acquire();
        done.count_down();
    });
    done.wait();
    int phases = 0;
    std::barrier sync(2, [&]() noexcept { ++phases; });
    std::jthread three([&] {
        sync.arrive_and_wait();
        sync.arrive_and_wait();
    });
    sync.arrive_and_wait();
    sync.arrive_and_wait();
    std::cout << done.try_wait() << phases << '\n';
}

// --- thread_local
thread_local int own = 1;
// main
{
    int theirs = 0;
    own = 5;
    std::thread([&] { theirs = ++own; }).join();
    std::cout << own << theirs << '\n';
}

// --- atomic wait and notify
// main
{
    std::atomic<int> signal{0};
    std::jthread waits([&] {
        signal.wait(0);
        signal = 2;
        signal.notify_all();
    });
    signal = 1;
    signal.notify_all();
    signal.wait(1);
    std::cout << signal << '\n';
}

// --- a generator
template <class T>
class Generator {
public:
    struct promise_type {
        T value;
        Generator get_return_object() {
            return Generator(std::coroutine_handle<promise_type>::from_promise(*this));
        }
        std::suspend_always initial_suspend() { return {}; }
        std::suspend_always final_suspend() noexcept { return {}; }
        std::suspend_always yield_value(T v) {
            value = v;
            return {};
        }
        void return_void() {}
        void unhandled_exception() { throw; }
    };
    explicit Generator(std::coroutine_handle<promise_type> h) : handle_(h) {}
    Generator(Generator&& o) noexcept : handle_(std::exchange(o.handle_, {})) {}
    ~Generator() {
        if (handle_) handle_.destroy();
    }
    std::optional<T> next() {
        handle_.resume();
        if (handle_.done()) return std::nullopt;
        return handle_.promise().value;
    }

private:
    std::coroutine_handle<promise_type> handle_;
};
Generator<long> fibonacci(int n) {
    long a = 0, b = 1;
    for (int i = 0; i < n; ++i) {
        co_yield a;
        a = std::exchange(b, a + b);
    }
}
// main
{
    auto numbers = fibonacci(12);
    while (auto n = numbers.next()) std::cout << *n << ' ';
    std::cout << '\n';
}

// --- a coroutine that awaits
struct Task {
    struct promise_type {
        int result = 0;
        Task get_return_object() {
            return {std::coroutine_handle<promise_type>::from_promise(*this)};
        }
        std::suspend_always initial_suspend() { return {}; }
        auto final_suspend() noexcept {
            struct Back {
                bool await_ready() noexcept { return false; }
                std::coroutine_handle<> await_suspend(
                    std::coroutine_handle<promise_type> h) noexcept {
                    if (h.promise().then) return h.promise().then;
                    return std::noop_coroutine();
                }
                void await_resume() noexcept {}
            };
            return Back{};
        }
        void return_value(int n) { result = n; }
        void unhandled_exception() { std::terminate(); }
        std::coroutine_handle<> then;
    };
    std::coroutine_handle<promise_type> handle;
    bool await_ready() { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> who) {
        handle.promise().then = who;
        return handle;
    }
    int await_resume() { return handle.promise().result; }
};
Task leaf(int n) {
    std::cout << "leaf" << n << ' ';
    co_return n * 2;
}
Task root() {
    const int a = co_await leaf(1), b = co_await leaf(2);
    co_return a + b;
}
// main
{
    Task task = root();
    std::cout << "start ";
    task.handle.resume();
    std::cout << task.await_resume() << '\n';
}

// --- an exception within a coroutine
struct Eager {
    struct promise_type {
        std::exception_ptr error;
        Eager get_return_object() {
            return {std::coroutine_handle<promise_type>::from_promise(*this)};
        }
        std::suspend_never initial_suspend() { return {}; }
        std::suspend_always final_suspend() noexcept { return {}; }
        void return_void() {}
        void unhandled_exception() { error = std::current_exception(); }
    };
    std::coroutine_handle<promise_type> handle;
};
Eager risky(bool fail) {
    if (fail) throw std::logic_error("inside");
    co_return;
}
// main
{
    Eager fine = risky(false), bad = risky(true);
    try {
        if (bad.handle.promise().error) std::rethrow_exception(bad.handle.promise().error);
    } catch (const std::logic_error& e) {
        std::cout << e.what() << (fine.handle.promise().error == nullptr) << '\n';
    }
    fine.handle.destroy();
    bad.handle.destroy();
}
