// Optional, variant, any, tuples, pointers that own, bits, spans, and functions as values.
#include <any>
#include <bit>
#include <bitset>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <initializer_list>
#include <iostream>
#include <map>
#include <memory>
#include <memory_resource>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

// --- optional as a result
std::optional<std::string> create(bool wanted) {
    if (wanted) return "Godzilla";
    return std::nullopt;
}
// main
std::cout << create(false).value_or("empty") << ' ' << *create(true) << ' ' << create(true)->size()
          << create(false).has_value() << '\n';
try {
    create(false).value();
} catch (const std::bad_optional_access& e) {
    std::cout << e.what() << '\n';
}

// --- optional is assigned and compared
// main
std::optional<int> maybe;
std::cout << (maybe < 0) << (maybe == std::nullopt);
maybe = 5;
std::cout << (maybe > 4) << *maybe;
maybe.reset();
maybe.emplace(7);
auto moved = std::exchange(maybe, std::nullopt);
std::cout << *moved << maybe.has_value() << '\n';

// --- variant holds one of several
// main
std::variant<int, double, std::string> held = 12;
std::cout << held.index() << std::get<int>(held);
held = "text";
std::cout << held.index() << std::get<std::string>(held) << std::holds_alternative<double>(held)
          << (std::get_if<int>(&held) == nullptr) << '\n';
try {
    std::get<double>(held);
} catch (const std::bad_variant_access&) {
    std::cout << "no double\n";
}

// --- visiting a variant with overloads
template <class... Ts>
struct overloaded : Ts... {
    using Ts::operator()...;
};
template <class... Ts>
overloaded(Ts...) -> overloaded<Ts...>;
// main
std::vector<std::variant<int, long, double, std::string>> things{10, 15l, 1.5, "hello"};
for (auto& thing : things)
    std::visit(overloaded{[](auto arg) { std::cout << arg << ' '; },
                          [](double arg) { std::cout << "double " << arg << ' '; },
                          [](const std::string& arg) { std::cout << '"' << arg << "\"\n"; }},
               thing);

// --- an expression tree of variants
struct Sum;
struct Product;
using Expression = std::variant<int, std::unique_ptr<Sum>, std::unique_ptr<Product>>;
struct Sum {
    Expression left, right;
};
struct Product {
    Expression left, right;
};
struct Evaluate {
    int operator()(int n) const { return n; }
    int operator()(const std::unique_ptr<Sum>& s) const {
        return std::visit(*this, s->left) + std::visit(*this, s->right);
    }
    int operator()(const std::unique_ptr<Product>& p) const {
        return std::visit(*this, p->left) * std::visit(*this, p->right);
    }
};
// main
Expression tree = std::make_unique<Sum>(Sum{2, std::make_unique<Product>(Product{3, 4})});
std::cout << std::visit(Evaluate{}, tree) << '\n';

// --- monostate
struct Unmade {
    explicit Unmade(int n) : number(n) {}
    int number;
};
// main
std::variant<std::monostate, Unmade> state;
std::cout << state.index();
state.emplace<Unmade>(3);
std::cout << state.index() << std::get<1>(state).number << '\n';

// --- any holds anything
// main
std::any something = 1;
std::cout << std::any_cast<int>(something);
something = std::string("text");
std::cout << std::any_cast<std::string&>(something) << (std::any_cast<int>(&something) == nullptr);
try {
    std::any_cast<float>(something);
} catch (const std::bad_any_cast& e) {
    std::cout << ' ' << e.what();
}
something.reset();
std::cout << something.has_value() << '\n';

// --- a dispatch on types within any
// main
std::vector<std::any> mixed{1, 'c', std::string("s"), 2.5};
for (const auto& item : mixed)
    std::cout << (item.type() == typeid(int)) << (item.type() == typeid(char))
              << (item.type() == typeid(std::string)) << ' ';
std::cout << '\n';

// --- tuple and tie
std::tuple<double, char, std::string> student(int id) {
    if (id == 0) return {3.8, 'A', "Lisa Simpson"};
    return {2.9, 'C', "Milhouse Van Houten"};
}
// main
const auto student0 = student(0);
std::cout << std::get<0>(student0) << std::get<char>(student0) << std::get<2>(student0) << '\n';
double gpa;
std::string name;
std::tie(gpa, std::ignore, name) = student(1);
auto [g, letter, n] = student(1);
std::cout << gpa << name << letter << (n == name) << '\n';

// --- a tuple is printed
template <class Tuple, std::size_t... Is>
void print_tuple(const Tuple& t, std::index_sequence<Is...>) {
    ((std::cout << (Is == 0 ? "" : ", ") << std::get<Is>(t)), ...);
}
template <class... Args>
void print(const std::tuple<Args...>& t) {
    std::cout << '(';
    print_tuple(t, std::index_sequence_for<Args...>{});
    std::cout << ")\n";
}
// main
print(std::make_tuple(10, "Test", 3.14));
print(std::tuple_cat(std::make_tuple(1, 'x'), std::pair("a", 2)));

// --- apply and make_from_tuple
struct Made {
    int sum;
    Made(int a, double b, char c) : sum(a + int(b) + c) {}
};
// main
std::cout << std::apply([](auto... n) { return (n + ...); }, std::tuple(1, 2, 3.5)) << ' '
          << std::make_from_tuple<Made>(std::tuple(1, 2.0, '\3')).sum << '\n';

// --- pairs
// main
std::pair<int, std::string> p{2, "b"}, q{2, "a"};
std::cout << (q < p) << (p == std::pair(2, std::string("b")));
p.swap(q);
auto& [number, text] = p;
text += "!";
std::cout << p.second << q.second << number << '\n';

// --- unique_ptr
struct Noisy {
    int id;
    explicit Noisy(int i) : id(i) { std::cout << '+' << id; }
    ~Noisy() { std::cout << '-' << id; }
};
std::unique_ptr<Noisy> passes(std::unique_ptr<Noisy> p) {
    std::cout << " passes ";
    return p;
}
// main
{
    auto p = std::make_unique<Noisy>(1);
    auto q = passes(std::move(p));
    std::cout << (p == nullptr) << q->id;
    q.reset(new Noisy(2));
    std::unique_ptr<Noisy[]> none;
    auto deleter = [](Noisy* n) {
        std::cout << " deleted ";
        delete n;
    };
    std::unique_ptr<Noisy, decltype(deleter)> custom(new Noisy(3), deleter);
}
std::cout << '\n';

// --- shared_ptr and weak_ptr
struct Node {
    std::string name;
    std::shared_ptr<Node> child;
    std::weak_ptr<Node> parent;
    explicit Node(std::string n) : name(std::move(n)) {}
    ~Node() { std::cout << "gone " << name << ' '; }
};
// main
{
    auto parent = std::make_shared<Node>("parent");
    parent->child = std::make_shared<Node>("child");
    parent->child->parent = parent;
    std::cout << parent.use_count() << parent->child->parent.lock()->name << ' ';
    std::weak_ptr<Node> watcher = parent->child;
    parent.reset();
    std::cout << watcher.expired() << '\n';
}

// --- shared_from_this, aliasing and casts
struct Base {
    virtual ~Base() = default;
    int part = 7;
};
struct Good : Base, std::enable_shared_from_this<Good> {
    std::shared_ptr<Good> self() { return shared_from_this(); }
};
// main
{
    auto good = std::make_shared<Good>();
    auto again = good->self();
    std::shared_ptr<int> alias(good, &good->part);
    std::shared_ptr<Base> base = good;
    std::cout << good.use_count() << *alias << (std::dynamic_pointer_cast<Good>(base) == good)
              << '\n';
}
try {
    Good alone;
    alone.self();
} catch (const std::bad_weak_ptr& e) {
    std::cout << e.what() << '\n';
}

// --- placement new and raw memory
struct Tracked {
    int value;
    ~Tracked() { std::cout << "destroyed " << value << ' '; }
};
// main
{
    alignas(Tracked) std::byte storage[sizeof(Tracked) * 2];
    auto* first = new (storage) Tracked{1};
    auto* second = std::construct_at(reinterpret_cast<Tracked*>(storage) + 1, Tracked{2}.value);
    std::destroy_at(second);
    first->~Tracked();
    std::cout << '\n';
}

// --- an allocator that counts
int allocations = 0;
template <class T>
struct Counting {
    using value_type = T;
    Counting() = default;
    template <class U>
    Counting(const Counting<U>&) {}
    T* allocate(std::size_t n) {
        ++allocations;
        return std::allocator<T>().allocate(n);
    }
    void deallocate(T* p, std::size_t n) { std::allocator<T>().deallocate(p, n); }
    bool operator==(const Counting&) const = default;
};
// main
std::vector<int, Counting<int>> counted;
for (int i = 0; i < 100; ++i) counted.push_back(i);
std::map<int, int, std::less<>, Counting<std::pair<const int, int>>> tree{{1, 2}, {3, 4}};
std::cout << allocations << '\n';

// --- memory resources
// main
{
    std::byte buffer[1024];
    std::pmr::monotonic_buffer_resource pool(buffer, sizeof buffer,
                                             std::pmr::null_memory_resource());
    std::pmr::vector<std::pmr::string> words(&pool);
    words.emplace_back("a word that is too long for the small string");
    std::cout << words[0].size() << (words.get_allocator().resource() == &pool) << '\n';
    try {
        words.resize(1000);
    } catch (const std::bad_alloc&) {
        std::cout << "full\n";
    }
}

// --- bits are counted and rotated
// main
std::cout << std::popcount(0b1011'0010u) << std::countl_zero(std::uint8_t{0b0001'1100})
          << std::countr_zero(0b1000u) << ' ' << std::bit_ceil(37u) << std::bit_floor(37u)
          << std::has_single_bit(64u) << std::bit_width(255u) << ' '
          << int(std::rotl(std::uint8_t{0b1000'0001}, 1))
          << (std::endian::native == std::endian::little) << '\n';

// --- bit_cast
// main
constexpr auto bits = std::bit_cast<std::uint64_t>(19880124.0);
static_assert(std::bit_cast<double>(bits) == 19880124.0);
std::cout << std::hex << bits << ' ' << std::bit_cast<std::uint32_t>(1.0f) << std::dec << '\n';

// --- bitset
// main
std::bitset<8> flags("10110010");
flags.flip(0).set(2);
std::cout << flags << ' ' << flags.count() << (flags << 2) << flags.to_ulong() << flags.test(7)
          << ' ' << (flags ^ std::bitset<8>(0xff)) << flags.any() << '\n';

// --- byte
// main
std::byte b{42};
b <<= 1;
b |= std::byte{1};
std::cout << std::to_integer<int>(b) << ' ' << std::to_integer<int>(~b & std::byte{0x0f}) << '\n';

// --- span is a view of what is contiguous
int total(std::span<const int> numbers) {
    int sum = 0;
    for (int n : numbers) sum += n;
    return sum;
}
// main
int plain[]{1, 2, 3, 4};
std::vector<int> vector{10, 20, 30};
std::span<int> view(vector);
view[0] = 11;
std::cout << total(plain) << ' ' << total(vector) << ' ' << total(view.subspan(1, 2)) << ' '
          << view.last(1)[0] << view.first<2>().size() << std::span<int, 4>(plain).extent
          << std::as_bytes(view).size() << '\n';

// --- windows over a span
// main
constexpr char letters[]{'A', 'B', 'C', 'D', 'E', 'F'};
for (std::size_t offset = 0; std::size(letters) - offset >= 3; ++offset) {
    for (char c : std::span(letters).subspan(offset, 3)) std::cout << c;
    std::cout << ' ';
}
std::cout << '\n';

// --- function holds what can be called
struct Adder {
    int amount;
    int add(int n) const { return amount + n; }
};
int twice(int n) {
    return 2 * n;
}
// main
std::function<int(int)> f = twice;
std::cout << f(4);
f = [by = 3](int n) { return n * by; };
std::cout << f(4);
f = std::bind_front(&Adder::add, Adder{10});
std::cout << f(4) << bool(f);
f = nullptr;
try {
    f(1);
} catch (const std::bad_function_call& e) {
    std::cout << e.what() << '\n';
}

// --- bind and placeholders
void show(int a, int b, int c, const int& d) {
    std::cout << a << b << c << d << ' ';
}
// main
{
    using namespace std::placeholders;
    int n = 7;
    auto bound = std::bind(show, _2, 4, _1, std::cref(n));
    n = 8;
    bound(1, 2);
    std::cout << std::bind(std::plus<>(), _1, 5)(6) << '\n';
}

// --- invoke and mem_fn
struct Foo {
    int data = 7;
    int twice() const { return data * 2; }
};
// main
Foo foo;
std::cout << std::invoke(&Foo::twice, foo) << std::invoke(&Foo::data, &foo)
          << std::mem_fn(&Foo::twice)(foo) << std::invoke([](int n) { return -n; }, 3)
          << std::is_invocable_v<int (*)(int), const char*> << '\n';

// --- reference_wrapper
// main
std::vector<int> originals{1, 2, 3};
std::vector<std::reference_wrapper<int>> backwards(originals.rbegin(), originals.rend());
for (int& n : backwards) n *= 2;
std::cout << originals[0] << backwards[0] << std::ref(originals[1]).get() << '\n';

// --- function objects of the library
// main
std::cout << std::plus<>()(1, 2) << std::negate<int>()(3) << std::modulus<>()(7, 4)
          << std::less<>()("a", std::string("b")) << std::not_fn(std::logical_and<>())(true, true)
          << std::identity()(5) << std::bit_xor<>()(6, 3) << '\n';

// --- currying and composing
template <class F, class G>
auto compose(F f, G g) {
    return [=](auto... xs) { return f(g(xs...)); };
}
auto curry = [](auto f) { return [=](auto a) { return [=](auto b) { return f(a, b); }; }; };
// main
std::cout << compose([](int n) { return n + 1; }, std::multiplies<>())(3, 4)
          << curry(std::minus<>())(9)(2) << '\n';

// --- recursion through function
// main
{
    std::function<int(int)> factorial = [&](int n) { return n < 2 ? 1 : n * factorial(n - 1); };
    std::cout << factorial(10) << ' ';
}
auto fix = [](auto self, int n) -> int {
    return n < 2 ? n : self(self, n - 1) + self(self, n - 2);
};
std::cout << fix(fix, 15) << '\n';

// --- a capture-default outside of blocks
// main
int captured = 1;
auto increase = [&] { return ++captured; };
std::cout << increase() << captured << '\n';

// --- three-way comparison of members
struct Version {
    int major, minor;
    std::string tag;
    auto operator<=>(const Version&) const = default;
};
struct Caseless {
    char c;
    std::weak_ordering operator<=>(const Caseless& o) const { return (c | 32) <=> (o.c | 32); }
    bool operator==(const Caseless& o) const { return (*this <=> o) == 0; }
};
// main
std::cout << (Version{1, 2, "a"} < Version{1, 10, ""}) << (Version{1, 2, "a"} == Version{1, 2, "a"})
          << (Caseless{'A'} == Caseless{'a'}) << (Caseless{'B'} > Caseless{'a'})
          << (1.0 <=> 0.0 / 0.0 == std::partial_ordering::unordered) << '\n';

// --- exchange, swap and as_const
struct Swapped {
    int n;
    friend void swap(Swapped& a, Swapped& b) {
        std::cout << "swapped ";
        std::swap(a.n, b.n);
    }
};
// main
Swapped a{1}, b{2};
{
    using std::swap;
    swap(a, b);
}
std::cout << a.n << std::exchange(a.n, 9) << std::as_const(a).n << std::cmp_less(-1, 1u) << '\n';
