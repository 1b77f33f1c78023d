"""MurmurHash2, by which frontends name the files of cells.

Source: Austin Appleby's MurmurHash2, 32 bits; messaging.html#debuginfo
"""
from libc.stdint cimport uint32_t

cdef uint32_t MIX = 0x5bd1e995


def murmur2(const unsigned char[::1] data, uint32_t seed):
    """Hash bytes.

    Args:
        data: The bytes.
        seed: Where to begin.

    Returns:
        32 bits, as an int.
    """
    cdef Py_ssize_t size = data.shape[0], at = 0
    cdef uint32_t mixed, hashed = seed ^ <uint32_t>size
    while size - at >= 4:
        mixed = word(data, at, 4) * MIX
        mixed ^= mixed >> 24
        hashed = (hashed * MIX) ^ (mixed * MIX)
        at += 4
    if at < size:
        hashed = (hashed ^ word(data, at, size - at)) * MIX
    hashed = (hashed ^ (hashed >> 13)) * MIX
    return hashed ^ (hashed >> 15)


cdef inline uint32_t word(const unsigned char[::1] data, Py_ssize_t at, Py_ssize_t size) noexcept:
    """Read up to four bytes, the lowest first."""
    cdef uint32_t value = 0
    cdef Py_ssize_t i
    for i in range(size):
        value |= <uint32_t>data[at + i] << <uint32_t>(8 * i)
    return value
