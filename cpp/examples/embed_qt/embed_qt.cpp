// A window of Qt's, which a notebook looks at and changes:
//
//   $ embed_qt
//   jupyter console --existing kernel-4711-0a1b2c3d.json
//
// The cells are commands: `get` and `set 40` (the slider), `picture` (of the window, as an image),
// `ask` (a dialog, until it is closed), `quit`.
#include <QApplication>
#include <QBuffer>
#include <QLabel>
#include <QMessageBox>
#include <QPixmap>
#include <QSlider>
#include <QVBoxLayout>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>

#include <kernelwire/embedded_kernel.hpp>
#include <kernelwire/loops/qt.hpp>

using namespace kernelwire;

// The application. It knows nothing of kernels.
class Window : public QWidget {
public:
    Window() {
        auto* const layout = new QVBoxLayout(this);
        layout->addWidget(&label_);
        layout->addWidget(&slider);
        connect(&slider, &QSlider::valueChanged, &label_, qOverload<int>(&QLabel::setNum));
        slider.setValue(20);
    }

    QSlider slider{Qt::Horizontal};

private:
    QLabel label_;
};

class Commands final : public Interpreter {
public:
    explicit Commands(Window& window) : window_(window) {}

    KernelInfo info() const override { return {{"window", "1.0"}}; }

    // Called by Qt's loop, on the thread of the windows.
    Reply execute(const ExecuteRequest& request, Output& output) override {
        if (request.code == "get") {
            output.execute_result({{"text/plain", std::to_string(window_.slider.value())}});
        } else if (request.code.rfind("set ", 0) == 0) {
            window_.slider.setValue(std::atoi(request.code.c_str() + 4));
        } else if (request.code == "picture") {
            output.display_data({{"image/png", picture()}, {"text/plain", "the window"}});
        } else if (request.code == "ask") {
            QMessageBox dialog(QMessageBox::Question, "Question", "Go on?",
                               QMessageBox::Yes | QMessageBox::No, &window_);
            dialog_ = &dialog;
            const bool yes = dialog.exec() == QMessageBox::Yes;  // a loop within the request
            dialog_ = nullptr;
            output.execute_result({{"text/plain", yes ? "yes" : "no"}});
        } else if (request.code == "quit") {
            QApplication::quit();
        } else {
            return error("UnknownCommand", "want get, set NUMBER, picture, ask or quit");
        }
        return ok();
    }

    // On the kernel's thread, while the dialog keeps the loop.
    void interrupt() override {
        kernel->post([this] {
            if (dialog_ != nullptr) dialog_->reject();
        });
    }

    EmbeddedKernel* kernel = nullptr;

private:
    [[nodiscard]] std::string picture() const {
        QBuffer png;
        window_.grab().save(&png, "PNG");
        return png.data().toBase64().toStdString();
    }

    Window& window_;
    QMessageBox* dialog_ = nullptr;
};

int main(int argc, char** argv) {
    try {
        QApplication application(argc, argv);
        Window window;
        window.show();

        Commands commands(window);
        EmbeddedKernel kernel(linked_zmq(), commands);
        commands.kernel = &kernel;
        const QtWatch watch(kernel, [] { QApplication::quit(); });
        std::cout << "jupyter console --existing " << kernel.connection_file() << std::endl;
        return QApplication::exec();
    } catch (const std::exception& error) {
        std::cerr << "embed_qt: " << error.what() << '\n';
        return 1;
    }
}
