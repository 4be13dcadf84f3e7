#include "tests/kernel/http/plain_server.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <iostream>
#include <thread>

#include <kavro/response.hpp>

#include "kernel/http/exchange.hpp"

namespace kavro::http {

LogText::LogText() : before_(std::cerr.rdbuf(this)) {}
LogText::~LogText() { std::cerr.rdbuf(before_); }

std::string LogText::text() const {
  const std::lock_guard lock(mutex_);
  return text_;
}

std::streamsize LogText::xsputn(const char* text, std::streamsize size) {
  const std::lock_guard lock(mutex_);
  text_.append(text, static_cast<std::size_t>(size));
  return size;
}

int LogText::overflow(int character) {
  if (character != traits_type::eof()) {
    const std::lock_guard lock(mutex_);
    text_ += traits_type::to_char_type(character);
  }
  return 0;
}

PlainServer::PlainServer(ServerOptions options) : server_(options, site_, workers_, log_, &metrics_) {
  route({}, "/ok", ok, nullptr);
}

PlainServer::~PlainServer() {
  server_.beginDrain(std::chrono::milliseconds(2'000));
  server_.finishDrain();
  workers_.stop();  // one may still be on its way out of Reactor::post()
}

void PlainServer::ok(void*, kavro_exchange* exchange, const kavro_request*) {
  kavro_response response{};
  response.size = sizeof response;
  response.status = 200;
  response.body = toAbi("fine");
  Exchange::of(exchange).respond(response);
}

PlainServer::Plugin PlainServer::plugin(const std::string& name, FailurePolicy policy) {
  return {std::make_shared<PluginCalls>(name, log_, policy), policy};
}

void PlainServer::route(const Plugin& plugin, const std::string& pattern, Handle handle, void* user,
                        std::uint32_t flags, const std::string& method) {
  Route route;
  route.owner = plugin.calls ? plugin.calls->name() : "kernel";
  route.method = method;
  route.pattern = pattern;
  route.flags = flags;
  route.user = user;
  route.handle = handle;
  route.policy = plugin.policy;
  route.calls = plugin.calls;
  route.metrics = &metrics_.findRoute(method, pattern);
  router_.add(std::move(route));
}

void PlainServer::filter(const Plugin& plugin, std::int32_t phase, Run run, void* user) {
  Filter filter;
  filter.owner = plugin.calls->name();
  filter.phase = phase;
  filter.user = user;
  filter.run = run;
  filter.policy = plugin.policy;
  filter.calls = plugin.calls;
  filters_.push_back(std::move(filter));
}

void PlainServer::start() {
  site_.publish(std::make_shared<Site>(std::move(router_), std::move(filters_),
                                       std::vector<std::pair<std::string, std::string>>{}));
  port_ = server_.listen("127.0.0.1", 0, nullptr);
  server_.start();
}

PlainReply PlainServer::get(const std::string& path, const std::string& fields) const {
  return requestFrom(port_, path, fields);
}

PlainReply PlainServer::put(const std::string& path, const std::string& fields) const {
  return requestFrom(port_, path, fields, "PUT");
}

int connectTo(std::uint16_t port, int receive_buffer_bytes) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (receive_buffer_bytes > 0) {
    ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes);
  }
  timeval patience{60, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return fd;
  ::close(fd);
  return -1;
}

PlainReply requestFrom(std::uint16_t port, const std::string& path, const std::string& fields,
                       const std::string& method) {
  PlainReply reply;
  const int fd = connectTo(port);
  if (fd < 0) return reply;
  const std::string request = method + " " + path + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + fields + "\r\n";
  if (::send(fd, request.data(), request.size(), MSG_NOSIGNAL) < 0) return reply;
  char buffer[4096];
  for (ssize_t got; (got = ::recv(fd, buffer, sizeof buffer, 0)) > 0;) {
    reply.text.append(buffer, static_cast<std::size_t>(got));
  }
  ::close(fd);
  if (reply.text.starts_with("HTTP/1.1 ")) reply.status = std::stoi(reply.text.substr(9, 3));
  return reply;
}

bool eventually(const std::function<bool()>& what) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!what()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

}  // namespace kavro::http
