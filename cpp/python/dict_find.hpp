// Looking a key up in a Python dict, on the way of every message.
//
// Used by: _session.pyx. Needs the GIL, where there is one.
#pragma once

#include <Python.h>

/// The value of `key`, a string, as a new reference; null, without an error, where there is none.
inline PyObject* dict_find(PyObject* dict, PyObject* key) noexcept {
#if PY_VERSION_HEX >= 0x030D0000  // safe also where other threads change the dict meanwhile
    PyObject* found = nullptr;
    if (PyDict_GetItemRef(dict, key, &found) < 0) PyErr_Clear();
    return found;
#else
    PyObject* found = PyDict_GetItemWithError(dict, key);
    Py_XINCREF(found);
    return found;
#endif
}
