// Py_buffers that libzmq is done with, on their way back to whoever lent them.
//
// libzmq's I/O thread puts them on a list, since it must never wait for the GIL; whoever holds
// the GIL next releases them. Used by: buffers.cpp, _socket.pyx.
#pragma once

#include <Python.h>

#include <atomic>
#include <cstddef>
#include <memory>

#include <kernelwire/loans.hpp>

/// A Py_buffer that can stand on the list. Allocated with new; the list deletes it.
struct ReturnedView {
    Py_buffer view{};
    ReturnedView* next = nullptr;
    std::shared_ptr<kernelwire::Loans> released;  ///< told of its release; null where nobody asks
};

/// The list of one extension module: a stack without a lock, so that a process forked while
/// libzmq's thread adds to it finds it whole.
class ReturnedViews {
public:
    /// Any thread, without the GIL. Takes ownership.
    void add(ReturnedView* view) noexcept {
        view->next = top_.load(std::memory_order_relaxed);
        while (!top_.compare_exchange_weak(view->next, view, std::memory_order_release,
                                           std::memory_order_relaxed)) {
        }
    }

    /// Releases all that were added; needs the GIL.
    void release() noexcept {
        if (top_.load(std::memory_order_relaxed) == nullptr) return;
        ReturnedView* view = top_.exchange(nullptr, std::memory_order_acquire);
        while (view != nullptr) {
            ReturnedView* next = view->next;
            const auto size = static_cast<std::size_t>(view->view.len);
            PyBuffer_Release(&view->view);
            if (view->released != nullptr) view->released->returned(size);
            delete view;
            view = next;
        }
    }

private:
    std::atomic<ReturnedView*> top_{nullptr};
};

/// This module's list. It has no destructor: libzmq may add to it while the process ends.
inline ReturnedViews& returned_views() noexcept {
    static ReturnedViews list;
    return list;
}

/// A frame that Python has lent to libzmq, until its last byte has left.
struct LentFrame {
    ReturnedView* view;
    std::shared_ptr<kernelwire::Loans> loans;  ///< told of its return; null where nobody asked

    /// A kernelwire::ZmqFree: `hint` is a LentFrame made with new.
    static void give_back(void* /*data*/, void* hint) noexcept {
        const std::unique_ptr<LentFrame> frame(static_cast<LentFrame*>(hint));
        const auto size = static_cast<std::size_t>(frame->view->view.len);
        returned_views().add(frame->view);
        if (frame->loans != nullptr) frame->loans->returned(size);
    }
};
