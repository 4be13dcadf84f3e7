// What comes to a TLS port from people who do not mean well, as bytes. Each gets an alert or a closed connection, and the
// next client is served as if nothing had been.
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <random>

#include "tests/scenarios/server.hpp"

namespace kavro::testing {
namespace {

using namespace std::string_literals;

constexpr char kHandshake = 22, kAlert = 21;
const std::string kHealth = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";

std::string number(std::size_t value, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i) text += static_cast<char>(value >> (8 * i));
  return text;
}
// Behind its length.
std::string sized(const std::string& text, int bytes) { return number(text.size(), bytes) + text; }
std::string extension(int kind, const std::string& data) { return number(static_cast<std::size_t>(kind), 2) + sized(data, 2); }
std::string serverName(const std::string& name) { return extension(0, sized('\0' + sized(name, 2), 2)); }
std::string record(const std::string& data, char kind = kHandshake) { return kind + "\3\1"s + sized(data, 2); }

// A ClientHello (RFC 5246 section 7.4.1.2) with the extensions that the server needs, and these.
struct Hello {
  std::string extensions = {};
  std::string version = "\3\3";
  std::string ciphers = "\xc0\x2b\xc0\x2f";  // ECDHE with AES-128-GCM
  std::string compressions = "\0"s;

  std::string message() const {
    const std::string all = extension(10, sized("\0\x1d\0\x17"s, 2)) + extension(11, sized("\0"s, 1)) +
                            extension(13, sized("\4\3\x08\4"s, 2)) + extensions;
    return '\1' + sized(version + std::string(32, 'r') + sized("", 1) + sized(ciphers, 2) + sized(compressions, 1) +
                            sized(all, 2), 3);
  }
  std::string bytes() const { return record(message()); }
};

class TlsHostileTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    Options options;
    options.plugins = {};
    options.settings["http.handshake_timeout"] = "500ms";
    server_ = std::make_unique<Server>(options);
  }
  static void TearDownTestSuite() {
    EXPECT_EQ(0, server_->stop());
    server_.reset();
  }
  void TearDown() override { EXPECT_EQ(200, Client(*server_).get("/health").status); }

  static Endpoint plain() {
    Endpoint endpoint = server_->endpoint();
    endpoint.tls = false;
    return endpoint;
  }
  // "alert 70", "handshake", "closed": the first thing that the server says.
  static std::string answerTo(const std::string& bytes) {
    RawConnection connection(plain());
    connection.send(bytes);
    const std::string answer = connection.readAll();
    if (answer.empty()) return "closed";
    if (answer[0] == kHandshake) return "handshake";
    if (answer[0] != kAlert || answer.size() < 7) return "nonsense";
    return "alert " + std::to_string(static_cast<unsigned char>(answer[6]));
  }

  static inline std::unique_ptr<Server> server_;
};

TEST_F(TlsHostileTest, OldVersionsAndWhatIsNoClientHello) {
  EXPECT_EQ("handshake", answerTo(Hello().bytes())) << "the model from which the others are made";
  const std::string hello = Hello().bytes();
  const struct {
    const char* what;
    std::string bytes;
    const char* answer;
  } rows[] = {
      {"SSL 2.0", "\x80\x1c\1\0\2\0\3\0\0\0\x10\7\0\xc0"s + std::string(16, 'c'), "alert 70"},
      {"SSL 3.0", Hello{.version = "\3\0"s}.bytes(), "alert 40"},
      {"TLS 1.0", Hello{.version = "\3\1"}.bytes(), "alert 70"},
      {"TLS 1.1", Hello{.version = "\3\2"}.bytes(), "alert 70"},
      {"only ciphers without forward secrecy", Hello{.ciphers = "\0\x9c\0\x2f"s}.bytes(), "alert 40"},
      {"no cipher", Hello{.ciphers = ""}.bytes(), "alert 47"},
      {"no null compression", Hello{.compressions = "\1"}.bytes(), "alert 50"},
      {"h2 only", Hello{.extensions = extension(16, sized(sized("h2", 1), 2))}.bytes(), "alert 120"},
      {"an empty ALPN", Hello{.extensions = extension(16, sized("", 2))}.bytes(), "alert 50"},
      {"an extension twice", Hello{.extensions = serverName("a") + serverName("a")}.bytes(), "alert 47"},
      {"a name with NUL", Hello{.extensions = serverName("localhost\0evil"s)}.bytes(), "alert 112"},
      {"a name that is too long", Hello{.extensions = serverName(std::string(256, 'a'))}.bytes(), "alert 112"},
      {"an empty name", Hello{.extensions = serverName("")}.bytes(), "handshake"},
      {"an address as name", Hello{.extensions = serverName("127.0.0.1")}.bytes(), "handshake"},
      {"bytes as name", Hello{.extensions = serverName("\xff\xfe\r\n../")}.bytes(), "handshake"},
      {"extensions that end too soon", record(Hello().message().substr(0, 60)), "closed"},
      {"a record longer than records are", "\x16\3\1\xff\xff"s + std::string(20'000, 'x'), "alert 22"},
      {"an application's data first", record("hello", 23), "alert 10"},
      {"a change of ciphers first", record("\1", 20), "alert 10"},
      {"an empty record", record(""), "closed"},
      {"a handshake message of 16 MB", record("\1\xff\xff\xff"s + std::string(100, 'x')), "alert 47"},
      {"an unknown kind of record", record("x", 99), "alert 10"},
      {"HTTP", kHealth, "closed"},
      {"an alert", record("\2\x28", kAlert), "alert 10"},
      {"heartbeat", Hello().bytes() + record("\1\x40\0x"s, 24), "handshake"},
      {"nothing", "", "closed"},
  };
  for (const auto& row : rows) EXPECT_EQ(row.answer, answerTo(row.bytes)) << row.what;
}

TEST_F(TlsHostileTest, NoiseOfEverySizeIsRefused) {
  std::mt19937 random(7);
  for (int i = 0; i < 60; ++i) {
    std::string noise(1 + random() % 3000, '\0');
    for (char& c : noise) c = static_cast<char>(random());
    if (i % 2 == 0) noise = record(noise);  // half of it in good records
    EXPECT_NE("handshake", answerTo(noise));
  }
  // A good ClientHello with one byte changed: whatever it says then, it is answered or refused, not waited for.
  const std::string hello = Hello{.extensions = serverName("localhost")}.bytes();
  std::vector<std::unique_ptr<RawConnection>> connections;
  for (std::size_t at = 0; at < hello.size(); ++at) {
    std::string changed = hello;
    changed[at] = static_cast<char>(changed[at] ^ (1 << random() % 8));
    connections.push_back(std::make_unique<RawConnection>(plain()));
    connections.back()->send(changed);
  }
  for (auto& connection : connections) connection->readAll();  // ends by handshake_timeout at the latest
}

// RFC 8446 section 5.1 lets messages be spread over records; a firewall that looks for the name is not our business.
TEST_F(TlsHostileTest, AClientHelloOfRecordsWithOneByteEachIsUnderstood) {
  std::string bytes;
  for (const char c : Hello().message()) bytes += record(std::string(1, c));
  EXPECT_EQ("handshake", answerTo(bytes));
}

TEST_F(TlsHostileTest, FiveHundredNamesThatNobodyHas) {
  std::mt19937 random(11);
  RawConnection good(*server_);
  for (int round = 0; round < 20; ++round) {
    std::vector<std::unique_ptr<RawConnection>> connections;
    for (int i = 0; i < 25; ++i) {
      std::string name(1 + random() % 255, '\0');
      for (char& c : name) c = "abcxyz0189-_.*ABC\x80\xff"[random() % 19];
      connections.push_back(std::make_unique<RawConnection>(plain()));
      connections.back()->send(Hello{.extensions = serverName(name)}.bytes());
    }
  }
  good.send(kHealth);
  EXPECT_EQ(200, good.readReply()->status);
}

// RFC 8446 section 6.1: who has sent close_notify may still read.
TEST_F(TlsHostileTest, WhoSaysNoMoreStillGetsTheAnswer) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    RawConnection connection(*server_, {.minimum = version, .maximum = version});
    connection.send(kHealth);
    connection.finishSending();
    const auto reply = connection.readReply();
    ASSERT_TRUE(reply);
    EXPECT_EQ(200, reply->status);
    EXPECT_TRUE(connection.isClosed());
  }
}

TEST_F(TlsHostileTest, OnlyHttpIsSpoken) {
  EXPECT_THROW(RawConnection(*server_, {.protocols = "\x02h2"}), std::runtime_error);
  RawConnection connection(*server_, {.protocols = "\x02h2\x08http/1.1"});
  connection.send(kHealth);
  EXPECT_EQ(200, connection.readReply()->status);
}

// The error queue is the thread's: what a handshake leaves there must not end another connection.
TEST_F(TlsHostileTest, FailedHandshakesAreNoFailureOfOthers) {
  RawConnection good(*server_);
  for (int i = 0; i < 50; ++i) {
    answerTo(Hello{.version = "\3\1"}.bytes());
    good.send(kHealth);
    ASSERT_EQ(200, good.readReply()->status) << i;
  }
}

}  // namespace
}  // namespace kavro::testing
