"""Parts of messages as packed text and as objects, for ``_session``."""

# The packers whose text is known, so that some of it can be read and written without them.
cdef enum Format:
    FOREIGN
    COMPACT  # as orjson writes it
    SPACED  # as json writes it

cdef Format format_of_packer(object pack)
cdef Format format_of_unpacker(object unpack)
cdef object packed(object part, object pack, Format form)
cdef object packed_flat(object part, object pack, Format form)
cdef object unpacked(object part, object unpack, Format form)
cdef object unpacked_flat(object part, object unpack, Format form, bint dates)
