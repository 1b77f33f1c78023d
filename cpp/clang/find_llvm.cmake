# Finds LLVM 22 and clang's shared library: LLVM_INCLUDE_DIRS, the target LLVM, KERNELWIRE_CLANG_CPP
# and KERNELWIRE_CLANG_RESOURCE_DIR. Sets KERNELWIRE_LLVM_FOUND.
#
# LLVM's version file accepts no 22 where 22.1 is wanted, or the other way, so it is found by its
# place; and Debian's clang has no CMake files beside the library that it links.
set(KERNELWIRE_LLVM_DIR /usr/lib/llvm-22 CACHE PATH "Where LLVM 22 and clang 22 are installed")
set(KERNELWIRE_LLVM_FOUND FALSE)
find_package(LLVM QUIET CONFIG PATHS "${KERNELWIRE_LLVM_DIR}/lib/cmake/llvm" NO_DEFAULT_PATH)
if(LLVM_FOUND AND LLVM_VERSION_MAJOR EQUAL 22)
  find_library(KERNELWIRE_CLANG_CPP NAMES clang-cpp libclang-cpp.so.22.1
    PATHS "${LLVM_LIBRARY_DIR}" NO_DEFAULT_PATH)
  find_file(KERNELWIRE_CLANG_HEADER clang/Interpreter/Interpreter.h
    PATHS "${LLVM_INCLUDE_DIR}" NO_DEFAULT_PATH)
  set(KERNELWIRE_CLANG_RESOURCE_DIR "${LLVM_LIBRARY_DIR}/clang/22")
  if(KERNELWIRE_CLANG_CPP AND KERNELWIRE_CLANG_HEADER)
    set(KERNELWIRE_LLVM_FOUND TRUE)
  endif()
endif()
