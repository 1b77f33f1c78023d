"""The C++ kernel beside its peers: cling through cppyy, clang-repl, and g++ for loops."""
