// A minimal Poco::Net::HTTPServer over TLS, one thread a connection: what Kavro's speed is measured against.
//
//   bench_poco_server PORT CERTIFICATE KEY FIELDS BODY THREADS
//
// Answers every request on 127.0.0.1:PORT with 200, the fields of the file FIELDS ("Name: value" lines) and the body of
// the file BODY, until SIGTERM or SIGINT. THREADS is how many connections it serves at once.
#include <signal.h>

#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <openssl/ssl.h>

#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/SSLManager.h>
#include <Poco/Net/SecureServerSocket.h>
#include <Poco/ThreadPool.h>

namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

std::ifstream open(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  return file;
}

Fields readFields(const std::string& path) {
  Fields fields;
  std::ifstream file = open(path);
  for (std::string line; std::getline(file, line);) {
    const auto colon = line.find(": ");
    if (colon == std::string::npos) throw std::runtime_error(path + ": found '" + line + "', expected 'Name: value'");
    fields.emplace_back(line.substr(0, colon), line.substr(colon + 2));
  }
  return fields;
}

std::string readBody(const std::string& path) {
  std::ifstream file = open(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

struct Answer {
  Fields fields;
  std::string body;
};

class Handler : public Poco::Net::HTTPRequestHandler {
 public:
  explicit Handler(const Answer& answer) : answer_(answer) {}

  void handleRequest(Poco::Net::HTTPServerRequest&, Poco::Net::HTTPServerResponse& response) override {
    for (const auto& [name, value] : answer_.fields) response.set(name, value);
    response.sendBuffer(answer_.body.data(), answer_.body.size());
  }

 private:
  const Answer& answer_;
};

class Factory : public Poco::Net::HTTPRequestHandlerFactory {
 public:
  explicit Factory(Answer answer) : answer_(std::move(answer)) {}

  Poco::Net::HTTPRequestHandler* createRequestHandler(const Poco::Net::HTTPServerRequest&) override {
    return new Handler(answer_);
  }

 private:
  Answer answer_;
};

Poco::Net::Context::Ptr makeContext(const std::string& certificate, const std::string& key) {
  using Poco::Net::Context;
  Context::Params params;
  params.certificateFile = certificate;
  params.privateKeyFile = key;
  params.verificationMode = Context::VERIFY_NONE;
  params.loadDefaultCAs = false;
  Context::Ptr context = new Context(Context::TLS_SERVER_USE, params);
  SSL_CTX_set_min_proto_version(context->sslContext(), TLS1_2_VERSION);
  return context;
}

void serve(char** arguments) {
  const auto port = static_cast<Poco::UInt16>(std::stoul(arguments[1]));
  const int threads = std::stoi(arguments[6]);
  const Poco::Net::Context::Ptr context = makeContext(arguments[2], arguments[3]);

  Poco::Net::HTTPServerParams::Ptr params = new Poco::Net::HTTPServerParams;
  params->setKeepAlive(true);
  params->setMaxKeepAliveRequests(0);  // without end
  params->setMaxThreads(threads);
  params->setMaxQueued(threads);
  Poco::ThreadPool pool(2, threads);
  const Poco::Net::SecureServerSocket socket({"127.0.0.1", port}, threads, context);
  Poco::Net::HTTPServer server(new Factory({readFields(arguments[4]), readBody(arguments[5])}), pool, socket, params);

  server.start();
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  sigaddset(&stop, SIGINT);
  int taken = 0;
  sigwait(&stop, &taken);
  server.stopAll(true);
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 7) {
    std::cerr << "Usage: bench_poco_server PORT CERTIFICATE KEY FIELDS BODY THREADS\n";
    return 64;
  }
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  sigaddset(&stop, SIGINT);
  sigprocmask(SIG_BLOCK, &stop, nullptr);  // before any thread is there
  signal(SIGPIPE, SIG_IGN);
  Poco::Net::initializeSSL();
  int status = 0;
  try {
    serve(arguments);
  } catch (const Poco::Exception& error) {
    std::cerr << "bench_poco_server: " << error.displayText() << '\n';
    status = 1;
  } catch (const std::exception& error) {
    std::cerr << "bench_poco_server: " << error.what() << '\n';
    status = 1;
  }
  Poco::Net::uninitializeSSL();
  return status;
}
