// What it reads and when it asks, over a real pair of sockets.
#include "kernel/http/stream_socket.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <memory>
#include <string>

namespace kavro::http {
namespace {

using Outcome = StreamSocket::Outcome;

class StreamSocketTest : public ::testing::Test {
 protected:
  StreamSocketTest() {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    socket_ = std::make_unique<StreamSocket>(FileDescriptor(ends[0]));
    peer_ = FileDescriptor(ends[1]);
  }
  void send(const std::string& text) {
    ASSERT_EQ(::send(peer_.get(), text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
  }
  StreamSocket::Result read(std::size_t size) { return socket_->read(buffer_.data(), size); }

  std::unique_ptr<StreamSocket> socket_;
  FileDescriptor peer_;
  std::array<char, 64> buffer_{};
};

TEST_F(StreamSocketTest, AfterAShortReadItWaitsForTheNextEvent) {
  send("abc");
  EXPECT_EQ(read(64).bytes, 3u);
  EXPECT_TRUE(socket_->emptied());
  send("d");
  EXPECT_EQ(read(64).outcome, Outcome::kLater);  // the edge of "d" has not been told of
  socket_->expectInput(false);
  EXPECT_FALSE(socket_->emptied());
  EXPECT_EQ(read(64).bytes, 1u);
}

TEST_F(StreamSocketTest, AfterAFullReadThereMayBeMore) {
  send("abcd");
  EXPECT_EQ(read(2).bytes, 2u);
  EXPECT_FALSE(socket_->emptied());
  EXPECT_EQ(read(2).bytes, 2u);
  EXPECT_EQ(read(2).outcome, Outcome::kLater);
}

TEST_F(StreamSocketTest, AnEndThatWasToldOfWithTheInputIsFound) {
  send("abc");
  ::shutdown(peer_.get(), SHUT_WR);
  socket_->expectInput(true);
  EXPECT_EQ(read(64).bytes, 3u);
  EXPECT_FALSE(socket_->emptied());
  EXPECT_EQ(read(64).outcome, Outcome::kEnd);
}

TEST_F(StreamSocketTest, KnowsWhatTheOtherSideHasTaken) {
  EXPECT_EQ(socket_->takenBytes(), 0u);
  const std::string much(1 << 20, 'x');
  std::uint64_t written = 0;
  for (auto result = socket_->write(much); result.outcome == Outcome::kDone; result = socket_->write(much)) {
    written += result.bytes;
  }
  const std::uint64_t at_first = socket_->takenBytes();
  EXPECT_LT(at_first, written);
  while (::recv(peer_.get(), buffer_.data(), buffer_.size(), 0) > 0) continue;
  EXPECT_EQ(socket_->takenBytes(), written);
}

TEST_F(StreamSocketTest, AFullSocketIsForLaterAndAGoneOneIsBroken) {
  const std::string much(1 << 20, 'x');
  StreamSocket::Result result{Outcome::kDone, 0};
  while (result.outcome == Outcome::kDone) result = socket_->write(much);
  EXPECT_EQ(result.outcome, Outcome::kLater);
  peer_.close();
  EXPECT_EQ(socket_->write("x").outcome, Outcome::kBroken);
}

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};

TEST_F(StreamSocketTest, OpenSslSeesTheSame) {
  const std::unique_ptr<BIO, FreeBio> bio(socket_->bio());
  ASSERT_NE(bio, nullptr);
  EXPECT_EQ(BIO_read(bio.get(), buffer_.data(), 64), -1);
  EXPECT_TRUE(BIO_should_read(bio.get()));
  send("abc");
  EXPECT_EQ(BIO_read(bio.get(), buffer_.data(), 64), 3);
  EXPECT_EQ(BIO_read(bio.get(), buffer_.data(), 64), -1);
  EXPECT_TRUE(BIO_should_retry(bio.get()));
  EXPECT_EQ(BIO_write(bio.get(), "xy", 2), 2);
  EXPECT_EQ(BIO_flush(bio.get()), 1);
  ::shutdown(peer_.get(), SHUT_WR);
  socket_->expectInput(true);
  EXPECT_EQ(BIO_read(bio.get(), buffer_.data(), 64), 0);
  EXPECT_FALSE(BIO_should_retry(bio.get()));
  EXPECT_EQ(BIO_eof(bio.get()), 1);
}

}  // namespace
}  // namespace kavro::http
