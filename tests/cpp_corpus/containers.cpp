// Sequences, maps, sets and their adaptors.
#include <array>
#include <deque>
#include <forward_list>
#include <iostream>
#include <list>
#include <map>
#include <queue>
#include <set>
#include <stack>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

// --- vector grows and erases
// main
std::vector<int> numbers{8, 4, 5, 9};
numbers.push_back(6);
numbers.insert(numbers.begin() + 1, 7);
numbers.erase(numbers.begin());
for (int n : numbers) std::cout << n << ' ';
std::cout << "size " << numbers.size() << '\n';

// --- vector of vectors
std::vector<std::vector<int>> triangle(int rows) {
    std::vector<std::vector<int>> result;
    for (int i = 0; i < rows; ++i) {
        std::vector<int> row(i + 1, 1);
        for (int j = 1; j < i; ++j) row[j] = result[i - 1][j - 1] + result[i - 1][j];
        result.push_back(row);
    }
    return result;
}
// main
for (const auto& row : triangle(6)) {
    for (int n : row) std::cout << n << ' ';
    std::cout << '\n';
}

// --- vector of bool
// main
std::vector<bool> sieve(30, true);
sieve[0] = sieve[1] = false;
for (std::size_t i = 2; i * i < sieve.size(); ++i)
    if (sieve[i])
        for (std::size_t j = i * i; j < sieve.size(); j += i) sieve[j] = false;
sieve.flip();
for (std::size_t i = 0; i < sieve.size(); ++i)
    if (!sieve[i]) std::cout << i << ' ';
std::cout << std::boolalpha << bool(sieve.back()) << '\n';

// --- emplace constructs in place
struct Element {
    int number;
    std::string name;
    Element(int n, std::string s) : number(n), name(std::move(s)) {
        std::cout << "made " << name << '\n';
    }
    Element(Element&& other) noexcept : number(other.number), name(std::move(other.name)) {
        std::cout << "moved " << name << '\n';
    }
};
// main
std::vector<Element> elements;
elements.reserve(3);
elements.emplace_back(1, "hydrogen");
elements.push_back(Element(2, "helium"));
for (const Element& element : elements) std::cout << element.number << element.name << '\n';

// --- array knows its size
constexpr std::array<int, 4> powers{1, 10, 100, 1000};
static_assert(powers.size() == 4);
// main
std::array<std::string, 2> names{"first", "second"};
auto [one, two] = names;
std::cout << one << two << powers.back() << std::get<1>(powers) << '\n';
names.fill("same");
std::cout << (names[0] == names[1]) << (names < std::array<std::string, 2>{"z", ""}) << '\n';

// --- deque at both ends
// main
std::deque<char> letters{'b', 'c'};
letters.push_front('a');
letters.push_back('d');
letters.pop_front();
for (auto it = letters.rbegin(); it != letters.rend(); ++it) std::cout << *it;
std::cout << letters[1] << letters.at(2) << '\n';

// --- list splices and merges
// main
std::list<int> odd{1, 3, 5}, even{2, 4, 6};
odd.merge(even);
std::list<int> more{10, 20};
odd.splice(std::next(odd.begin(), 2), more, more.begin());
odd.remove_if([](int n) { return n % 3 == 0; });
odd.reverse();
for (int n : odd) std::cout << n << ' ';
std::cout << more.size() << even.empty() << '\n';

// --- forward_list
// main
std::forward_list<int> chain{3, 1, 2, 2};
chain.push_front(9);
chain.sort();
chain.unique();
chain.insert_after(chain.before_begin(), 0);
for (int n : chain) std::cout << n << ',';
std::cout << std::distance(chain.begin(), chain.end()) << '\n';

// --- map counts words
// main
std::map<std::string, int> counts;
for (const char* word : {"this", "sentence", "is", "not", "a", "sentence", "this", "is"})
    ++counts[word];
for (const auto& [word, count] : counts) std::cout << word << ": " << count << '\n';
std::cout << counts.lower_bound("n")->first << counts.count("hoax") << '\n';

// --- map with try_emplace and extract
// main
std::map<int, std::string> planets{{1, "mercury"}, {2, "venus"}};
auto [where, fresh] = planets.try_emplace(2, "earth");
std::cout << where->second << fresh << planets.insert_or_assign(3, "earth").second << '\n';
auto node = planets.extract(1);
node.key() = 100;
planets.insert(std::move(node));
for (const auto& planet : planets) std::cout << planet.first << planet.second << ' ';
std::cout << planets.contains(1) << '\n';

// --- map with an order of its own
struct ByLength {
    using is_transparent = void;
    bool operator()(const std::string& a, const std::string& b) const {
        return a.size() < b.size();
    }
    bool operator()(const std::string& a, std::size_t b) const { return a.size() < b; }
    bool operator()(std::size_t a, const std::string& b) const { return a < b.size(); }
};
// main
std::map<std::string, int, ByLength> sized{{"three", 3}, {"a", 1}, {"bb", 2}, {"c", 4}};
for (auto& [key, value] : sized) std::cout << key << '=' << value << ' ';
std::cout << sized.find(std::size_t{2})->first << '\n';

// --- multimap
// main
std::multimap<char, int> grades{{'b', 2}, {'a', 1}, {'b', 3}, {'c', 9}, {'b', 1}};
auto [first, last] = grades.equal_range('b');
for (; first != last; ++first) std::cout << first->second << ' ';
std::cout << grades.erase('b') << grades.size() << '\n';

// --- set operations
// main
std::set<int, std::greater<>> descending{3, 1, 4, 1, 5, 9, 2, 6};
for (int n : descending) std::cout << n;
auto [position, inserted] = descending.insert(7);
std::cout << ' ' << *position << inserted << *std::next(position) << '\n';
std::cout << std::erase_if(descending, [](int n) { return n > 4; }) << *descending.begin() << '\n';

// --- multiset
// main
std::multiset<std::string> bag{"pear", "apple", "pear", "fig"};
std::cout << bag.count("pear") << *bag.begin() << *bag.rbegin() << '\n';
bag.erase(bag.find("pear"));
for (const auto& fruit : bag) std::cout << fruit << ' ';
std::cout << '\n';

// --- unordered_map with a hash of its own
struct Point {
    int x, y;
    bool operator==(const Point&) const = default;
};
struct PointHash {
    std::size_t operator()(const Point& p) const { return std::hash<int>()(p.x * 31 + p.y); }
};
// main
std::unordered_map<Point, std::string, PointHash> board;
board[{0, 0}] = "origin";
board.emplace(Point{1, 2}, "elsewhere");
std::cout << board.at({1, 2}) << board.size() << board.contains({2, 1}) << '\n';
try {
    board.at({5, 5});
} catch (const std::out_of_range&) {
    std::cout << "not there\n";
}

// --- unordered_set removes duplicates
// main
std::unordered_set<int> seen;
for (int n : {3, 1, 3, 2, 1, 4})
    if (seen.insert(n).second) std::cout << n << ' ';
seen.max_load_factor(0.5f);
seen.rehash(100);
std::cout << seen.size() << (seen.bucket_count() >= 100) << seen.erase(3) << '\n';

// --- stack checks brackets
bool balanced(const std::string& text) {
    std::stack<char> open;
    for (char c : text) {
        if (c == '(' || c == '[') open.push(c);
        if (c == ')' || c == ']') {
            if (open.empty() || open.top() != (c == ')' ? '(' : '[')) return false;
            open.pop();
        }
    }
    return open.empty();
}
// main
for (const char* text : {"([])", "([)]", "((", "a(b)[c]"}) std::cout << balanced(text);
std::cout << '\n';

// --- queue and priority_queue
// main
std::queue<int> line;
std::priority_queue<int, std::vector<int>, std::greater<int>> heap;
for (int n : {5, 2, 8, 1}) {
    line.push(n);
    heap.push(n);
}
while (!line.empty()) {
    std::cout << line.front() << heap.top() << ' ';
    line.pop();
    heap.pop();
}
std::cout << '\n';

// --- priority_queue by a lambda
// main
auto later = [](const std::pair<int, std::string>& a, const std::pair<int, std::string>& b) {
    return a.first > b.first;
};
std::priority_queue<std::pair<int, std::string>, std::vector<std::pair<int, std::string>>,
                    decltype(later)>
    agenda(later);
agenda.emplace(9, "work");
agenda.emplace(7, "rise");
agenda.emplace(22, "sleep");
for (; !agenda.empty(); agenda.pop()) std::cout << agenda.top().second << ' ';
std::cout << '\n';

// --- iterators become invalid never for lists
// main
std::list<int> stable{1, 2, 3};
auto middle = std::next(stable.begin());
stable.push_front(0);
stable.pop_back();
std::cout << *middle << *std::prev(middle) << stable.size() << '\n';

// --- a graph as a map of sets
using Graph = std::map<std::string, std::set<std::string>>;
std::vector<std::string> reach(const Graph& graph, const std::string& from) {
    std::vector<std::string> order;
    std::set<std::string> seen{from};
    std::deque<std::string> todo{from};
    while (!todo.empty()) {
        auto here = todo.front();
        todo.pop_front();
        order.push_back(here);
        if (auto found = graph.find(here); found != graph.end())
            for (const auto& next : found->second)
                if (seen.insert(next).second) todo.push_back(next);
    }
    return order;
}
// main
Graph graph{{"a", {"c", "b"}}, {"b", {"d"}}, {"c", {"d", "a"}}, {"e", {"a"}}};
for (const auto& name : reach(graph, "a")) std::cout << name << ' ';
std::cout << '\n';
