#include "tests/plugins/auth/token_attacks.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>

#include "plugins/auth/base64_url.hpp"

namespace kavro::auth {
namespace {

std::string hmac(const EVP_MD* digest, std::string_view secret, std::string_view text) {
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  HMAC(digest, secret.data(), static_cast<int>(secret.size()), reinterpret_cast<const unsigned char*>(text.data()),
       text.size(), mac, &size);
  return {reinterpret_cast<char*>(mac), size};
}

std::string quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

class List {
 public:
  List(const TokenKey& key, std::chrono::system_clock::time_point now)
      : key_(key), now_s_(std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count()) {}

  std::vector<TokenAttack> take() { return std::move(attacks_); }

  std::string time(long from_now_s) const { return std::to_string(now_s_ + from_now_s); }
  std::string goodHeader() const { return R"({"alg":)" + quoted(key_.algorithm()) + R"(,"typ":"JWT"})"; }
  std::string goodClaims() const { return R"({"sub":"1","exp":)" + time(600) + "}"; }
  std::string goodToken() const { return signedToken(key_, goodHeader(), goodClaims()); }
  std::string signedText() const {
    const std::string token = goodToken();
    return token.substr(0, token.rfind('.'));
  }

  void add(const std::string& name, const std::string& token) { attacks_.push_back({name, token}); }
  // Signed by the real key.
  void header(const std::string& json) { add("header " + json, signedToken(key_, json, goodClaims())); }
  // The usual header, and `member` of it.
  void member(const std::string& json) {
    header(R"({"alg":)" + quoted(key_.algorithm()) + R"(,"typ":"JWT",)" + json + "}");
  }
  void claims(const std::string& json) { add("claims " + json, signedToken(key_, goodHeader(), json)); }
  // Not signed by it.
  void unsignedHeader(const std::string& json, const std::string& signature) {
    add("unsigned " + json, encodeBase64Url(json) + "." + encodeBase64Url(goodClaims()) + "." + signature);
  }

 private:
  const TokenKey& key_;
  long now_s_;
  std::vector<TokenAttack> attacks_;
};

void addAlgorithms(List& list, const TokenKey& key, const std::vector<std::string>& secrets) {
  const std::string signature = list.goodToken().substr(list.goodToken().rfind('.') + 1);
  for (const std::string none : {"none", "None", "NONE", "nOnE", "none ", "", "null", "n\\u006fne"}) {
    const std::string header = R"({"alg":")" + none + R"(","typ":"JWT"})";
    for (const std::string& with : {std::string(), signature}) list.unsignedHeader(header, with);
    list.header(header);
  }
  for (const std::string value : {"null",
                                  "0",
                                  "256",
                                  "true",
                                  "[]",
                                  R"(["HS256"])",
                                  R"(["EdDSA"])",
                                  R"({"alg":"HS256"})",
                                  R"("HS256 ")",
                                  R"(" HS256")",
                                  R"("hs256")",
                                  R"("Hs256")",
                                  R"("HS256\u0000")",
                                  R"("HS384")",
                                  R"("HS512")",
                                  R"("HS1")",
                                  R"("RS256")",
                                  R"("RS512")",
                                  R"("PS256")",
                                  R"("ES256")",
                                  R"("ES256K")",
                                  R"("ES512")",
                                  R"("eddsa")",
                                  R"("EDDSA")",
                                  R"("EdDSA ")",
                                  R"("Ed25519")",
                                  R"("Ed448")",
                                  R"("dir")",
                                  R"("RSA1_5")",
                                  R"("A128KW")",
                                  R"("SHA256")"}) {
    list.header(R"({"alg":)" + value + R"(,"typ":"JWT"})");
  }
  list.header(R"({"typ":"JWT"})");
  list.header("{}");
  // The other algorithm that is known here, with a signature by the key's own.
  list.header(key.algorithm() == "HS256" ? R"({"alg":"EdDSA","typ":"JWT"})" : R"({"alg":"HS256","typ":"JWT"})");
  // Really signed, with what an attacker has for a secret.
  struct Hash {
    const char* name;
    const EVP_MD* digest;
  };
  for (const auto& [name, digest] :
       {Hash{"HS256", EVP_sha256()}, Hash{"HS384", EVP_sha384()}, Hash{"HS512", EVP_sha512()}}) {
    for (const std::string& secret : secrets) {
      for (const std::string& kid : {std::string(), R"(,"kid":")" + key.id() + "\""}) {
        const std::string header = R"({"alg":")" + std::string(name) + R"(","typ":"JWT")" + kid + "}";
        const std::string text = encodeBase64Url(header) + "." + encodeBase64Url(list.goodClaims());
        list.add(header + " by a secret of " + std::to_string(secret.size()) + " bytes",
                 text + "." + encodeBase64Url(hmac(digest, secret, text)));
      }
    }
  }
}

void addHeaders(List& list, const TokenKey& key) {
  for (const std::string kid : {R"("")", R"("../../../../../../dev/null")", R"("/dev/null")",
                                R"("' UNION SELECT 'x' --")", R"("1' OR '1'='1")", R"("\u0000")", R"("; sleep 10")",
                                R"("|id")", R"("http://127.0.0.1/key")", "0", "-1", "null", "true", "[]", "{}"}) {
    list.member(R"("kid":)" + kid);
  }
  list.member(R"("kid":")" + key.id() + R"(\u0000")");
  list.member(R"("kid":")" + key.id() + R"( ")");
  list.member(R"("kid":[")" + key.id() + R"("])");
  list.member(R"("kid":")" + std::string(2500, 'k') + "\"");
  for (const std::string member :
       {R"("crit":["exp"])", R"("crit":[])", R"("crit":null)", R"("crit":["b64"],"b64":false)", R"("b64":false)",
        R"("b64":true)", R"("zip":"DEF")", R"("jku":"https://example.org/jwks.json")",
        R"("jwk":{"kty":"oct","k":"AAAA"})", R"("x5u":"https://example.org/x.pem")", R"("x5c":["AAAA"])",
        R"("typ":"JWT")", R"("alg":"HS256")", R"("alg":"none")", R"("\u0061lg":"none")"}) {
    list.member(member);  // the last four are there twice
  }
  for (const std::string type : {R"("JOSE")", R"("at+jwt")", R"("")", "7", "null", R"(["JWT"])", R"("JWE")"}) {
    list.header(R"({"alg":")" + std::string(key.algorithm()) + R"(","typ":)" + type + "}");
  }
  const std::string good = list.goodHeader();
  for (const std::string& text :
       {std::string(), std::string("null"), std::string("7"), std::string("[]"), "[" + good + "]", "\"JWT\"" + good,
        good + good, good + "x", good.substr(0, good.size() - 1), "\xEF\xBB\xBF" + good, good + std::string(1, '\0'),
        R"({"alg":")" + std::string(key.algorithm()) + "\",\"x\":\"\xFF\"}", std::string(500, '[')}) {
    list.header(text);
  }
}

void addClaims(List& list) {
  const std::string exp = R"("exp":)" + list.time(600);
  const std::string sub = R"("sub":"1")";
  for (const std::string subject : {"1",
                                    "1.0",
                                    "true",
                                    "null",
                                    R"("0")",
                                    R"("-1")",
                                    R"("+1")",
                                    R"("01")",
                                    R"(" 1")",
                                    R"("1 ")",
                                    R"("1\u0000")",
                                    R"("1.0")",
                                    R"("1e0")",
                                    R"("0x1")",
                                    R"("")",
                                    R"("alice")",
                                    R"(["1"])",
                                    R"({"id":"1"})",
                                    R"("999999999")",
                                    R"("9223372036854775807")",
                                    R"("9223372036854775808")",
                                    R"("18446744073709551617")",
                                    R"("\u0661")",
                                    R"("\uff11")",
                                    R"("1 OR 1=1")"}) {
    list.claims(R"({"sub":)" + subject + "," + exp + "}");
  }
  list.claims("{" + exp + "}");
  for (const std::string& expiry :
       {std::string("null"), std::string("true"), std::string("[]"), std::string("{}"), "\"" + list.time(600) + "\"",
        "[" + list.time(600) + "]", std::string("0"), std::string("-1"), std::string("-1e300"), std::string("1e400"),
        std::string("-1e400"), std::string("NaN"), std::string("Infinity"), std::string("18446744073709551616e9999"),
        std::string("0x7fffffff"), list.time(-1), list.time(-3600), list.time(-1) + ".5"}) {
    list.claims("{" + sub + R"(,"exp":)" + expiry + "}");
  }
  list.claims("{" + sub + "}");
  list.claims("{" + sub + R"(,"exp":)" + list.time(-10) + R"(,"exp":)" + list.time(600) + "}");
  list.claims("{" + sub + "," + sub + "," + exp + "}");
  list.claims("{" + sub + "," + exp + R"(,"\u0073ub":"2"})");
  for (const std::string& member :
       {R"("nbf":)" + list.time(60), R"("nbf":)" + list.time(60) + ".5", std::string(R"("nbf":"0")"),
        std::string(R"("nbf":null)"), std::string(R"("nbf":1e308)"), std::string(R"("iat":"0")"),
        std::string(R"("iat":null)"), std::string(R"("aud":"somebody")"), std::string(R"("aud":["somebody"])"),
        std::string(R"("aud":null)")}) {
    list.claims("{" + sub + "," + exp + "," + member + "}");
  }
  for (const std::string& text : {std::string(), std::string("null"), std::string("[]"), std::string("\"1\""),
                                  "[" + list.goodClaims() + "]", list.goodClaims() + "x", list.goodToken()}) {
    list.claims(text);
  }
}

void addForms(List& list) {
  const std::string token = list.goodToken(), text = list.signedText();
  const std::string signature = token.substr(text.size() + 1);
  const std::string head = text.substr(0, text.find('.')), middle = text.substr(head.size() + 1);
  const std::vector<TokenAttack> forms = {
      {"nothing", ""},
      {"one segment", head},
      {"two segments", text},
      {"four segments", token + "." + signature},
      {"five segments, as JWE", head + "." + middle + "." + signature + "." + head + "." + middle},
      {"a dot behind it", token + "."},
      {"a dot in front", "." + token},
      {"no header", "." + middle + "." + signature},
      {"no claims", head + ".." + signature},
      {"no signature", text + "."},
      {"dots", ".."},
      {"swapped", middle + "." + head + "." + signature},
      {"padding behind it", token + "="},
      {"two of them", token + "=="},
      {"padding in the header", head + "=." + middle + "." + signature},
      {"padding in the claims", head + "." + middle + "=." + signature},
      {"a blank in it", head + ". " + middle + "." + signature},
      {"a tab behind it", token + "\t" + token},
      {"a line break in it", head + ".\n" + middle + "." + signature},
      {"in quotes", "\"" + token + "\""},
      {"twice", token + token},
      {"a list of two", token + ", " + token},
      {"something behind it", token + "x"},
      {"a NUL behind it", token + std::string(1, '\0')},
      {"not UTF-8", "\xFF\xFE." + middle + "." + signature},
      {"a letter of another script", head + "." + middle + "." + signature.substr(1) + "\u0430"},
      {"percent-encoded dots", head + "%2E" + middle + "%2E" + signature},
      {"JSON serialisation",
       R"({"protected":")" + head + R"(","payload":")" + middle + R"(","signature":")" + signature + R"("})"},
      {"general JSON serialisation", R"({"payload":")" + middle + R"(","signatures":[{"protected":")" + head +
                                         R"(","signature":")" + signature + R"("}]})"},
      {"nested", encodeBase64Url(R"({"alg":"HS256","cty":"JWT"})") + "." + encodeBase64Url(token) + "." + signature},
      {"5,000 letters", std::string(5000, 'a')},
      {"a header of 60 KiB", std::string(60'000, 'a') + "." + middle + "." + signature},
      {"1,500 dots", std::string(1500, '.')}};
  for (const TokenAttack& form : forms) list.add(form.name, form.token);

  // Bytes in the alphabet of plain base64, where there are such.
  std::string plain = token;
  std::replace(plain.begin(), plain.end(), '-', '+');
  std::replace(plain.begin(), plain.end(), '_', '/');
  if (plain != token) list.add("the alphabet of base64", plain);
  // The last character has bits to spare: other spellings of the same bytes.
  static constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  for (const char letter : kLetters) {
    if (letter == token.back()) continue;
    list.add(std::string("ending in ") + letter, token.substr(0, token.size() - 1) + letter);
  }
  // Every bit of the signature, and every length of it.
  const std::string bytes = *decodeBase64Url(signature);
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    list.add("bit " + std::to_string(bit) + " of the signature", text + "." + encodeBase64Url(flipped));
  }
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    list.add(std::to_string(size) + " bytes of the signature", text + "." + encodeBase64Url(bytes.substr(0, size)));
  }
  for (const std::size_t more : {1, 31, 32, 64}) {
    list.add(std::to_string(more) + " bytes more", text + "." + encodeBase64Url(bytes + std::string(more, '\0')));
  }
  list.add("zeros", text + "." + encodeBase64Url(std::string(bytes.size(), '\0')));
}

}  // namespace

std::string signedToken(const TokenKey& key, std::string_view header, std::string_view claims) {
  const std::string text = encodeBase64Url(header) + "." + encodeBase64Url(claims);
  return text + "." + encodeBase64Url(key.sign(text));
}

std::vector<TokenAttack> tokenAttacks(const TokenKey& key, const std::vector<std::string>& secrets,
                                      std::chrono::system_clock::time_point now) {
  List list(key, now);
  addAlgorithms(list, key, secrets);
  addHeaders(list, key);
  addClaims(list);
  addForms(list);
  return list.take();
}

std::vector<TokenAttack> unusualTokens(const TokenKey& key, std::chrono::system_clock::time_point now) {
  List list(key, now);
  list.add("the usual one", list.goodToken());
  list.header(R"({"alg":")" + std::string(key.algorithm()) + "\"}");
  list.header(" {\n \"typ\" : \"jwt\",\t\"\\u0061lg\":\"" + std::string(key.algorithm()) + "\"} ");
  list.member(R"("kid":")" + key.id() + "\"");
  list.member(R"("cty":"x","x5t":"AAAA","other":[1,{}])");
  list.claims(R"({"sub":"1","exp":)" + list.time(600) + R"(.5,"iat":)" + list.time(-5) + R"(,"nbf":)" + list.time(-5) +
              "}");
  list.claims(R"({"exp":4102444800e0,"sub":"\u0031","jti":"x","iss":"anybody","scope":null,"is_admin":true})");
  list.claims(R"({"sub":"1","exp":1e300})");
  list.claims(R"({"sub":"1","exp":)" + list.time(600) + R"(,"iat":)" + list.time(3600) + "}");
  return list.take();
}

}  // namespace kavro::auth
