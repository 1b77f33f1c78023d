// kernelwire: host an interpreter as a Jupyter kernel, or be a client of one. This header includes
// all the others.
//
//   class Echo : public kernelwire::Interpreter {
//       kernelwire::KernelInfo info() const override { return {{"echo", "1.0"}}; }
//       kernelwire::Reply execute(const kernelwire::ExecuteRequest& request,
//                                 kernelwire::Output& output) override {
//           output.out(request.code);
//           return kernelwire::ok();
//       }
//   };
//
//   int main(int argc, char** argv) {
//       Echo echo;
//       return kernelwire::run(argc, argv, echo);
//   }
#pragma once

#include <kernelwire/bytes.hpp>
#include <kernelwire/capture.hpp>
#include <kernelwire/channel.hpp>
#include <kernelwire/client.hpp>
#include <kernelwire/codec.hpp>
#include <kernelwire/comms.hpp>
#include <kernelwire/connection.hpp>
#include <kernelwire/counters.hpp>
#include <kernelwire/curve.hpp>
#include <kernelwire/embedded_kernel.hpp>
#include <kernelwire/error.hpp>
#include <kernelwire/exchange.hpp>
#include <kernelwire/header.hpp>
#include <kernelwire/histogram.hpp>
#include <kernelwire/history.hpp>
#include <kernelwire/interpreter.hpp>
#include <kernelwire/json.hpp>
#include <kernelwire/kernel.hpp>
#include <kernelwire/kernel_process.hpp>
#include <kernelwire/kernelspec.hpp>
#include <kernelwire/line_file.hpp>
#include <kernelwire/log.hpp>
#include <kernelwire/message.hpp>
#include <kernelwire/observer.hpp>
#include <kernelwire/outlet.hpp>
#include <kernelwire/output.hpp>
#include <kernelwire/own_stderr.hpp>
#include <kernelwire/parcel.hpp>
#include <kernelwire/port.hpp>
#include <kernelwire/publisher.hpp>
#include <kernelwire/recording.hpp>
#include <kernelwire/registration.hpp>
#include <kernelwire/replay.hpp>
#include <kernelwire/reply.hpp>
#include <kernelwire/reply_handle.hpp>
#include <kernelwire/resources.hpp>
#include <kernelwire/server.hpp>
#include <kernelwire/signer.hpp>
#include <kernelwire/spans.hpp>
#include <kernelwire/sqlite_history.hpp>
#include <kernelwire/zmq_api.hpp>
