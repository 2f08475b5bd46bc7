package io.growthbus.ingest.core.privacy;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Names of keys whose values are hidden, in any case and with any separators.
 *
 * <p>A key is read as words: {@code userEmail}, {@code user_email}, {@code USER-EMAIL} are two. One
 * or more whole words that together spell a name hide the value, unless the last word says that it
 * is only about the thing: {@code email_sent}, {@code token_count}. A few names are found inside of
 * words too. The walk over a key takes at most its length times that of the longest name.
 */
final class KeyNames {
  private static final byte NONE = 0;
  private static final byte HIDES = 1;
  private static final byte HIDES_TEXT = 2;

  /** Names as whole words. */
  private static final String[] NAMES =
      ("password passwd passwort passphrase passcode pwd secret token authorization auth"
              + " credential apikey apitoken accesskey secretkey privatekey"
              + " signingkey encryptionkey bearer jwt cookie setcookie csrf csrftoken xsrf"
              + " xsrftoken phpsessid sessiontoken sessionkey connectsid otp totp pin pincode"
              + " mysqlpwd cvv cvc cvv2 cvc2 securitycode email emailaddress useremail mail"
              + " mailaddress phone phonenumber phoneno telephone tel telefon mobile mobilenumber"
              + " mobilephone cellphone fax faxnumber whatsapp msisdn ssn socialsecurity"
              + " socialsecuritynumber nationalid nationalinsurance taxid passport"
              + " passportnumber driverlicense driverslicense card creditcard debitcard cardnumber"
              + " cardno cardnum cardholder ccnumber ccnum iban accountnumber bankaccount"
              + " routingnumber sortcode ip ipaddress ipaddr ipv4 ipv6 clientip remoteip"
              + " remoteaddr userip xforwardedfor xrealip firstname lastname fullname surname"
              + " givenname familyname maidenname dateofbirth birthdate birthday dob"
              + " address streetaddress homeaddress postaladdress billingaddress shippingaddress")
          .split(" ");

  /** Names that are found inside of words too. */
  private static final String[] ANYWHERE =
      ("password passwd passphrase apikey privatekey creditcard cardnumber phonenumber"
              + " emailaddress accesstoken authtoken refreshtoken idtoken secretkey"
              + " authorization credential")
          .split(" ");

  /** Last words of a key that is about the thing and does not hold it. */
  private static final String[] ABOUT =
      ("count counts total totals type types kind status state verified valid invalid validated"
              + " enabled disabled required optional present exists length len size limit limits"
              + " max min avg used usage usages remaining left strength score policy brand model"
              + " make network brands template subject campaign provider vendor domain domains"
              + " format field column label placeholder opened open sent clicked delivered bounced"
              + " unsubscribed in out optin optout at on ms seconds sec date time timestamp ttl"
              + " version method page screen view form step flow event reset change changed"
              + " updated created expired expires expiry error errors code country last4 layout"
              + " color position index rank ui os platform app browser client device carrier"
              + " consent title section click clicks views list grid requested attempt attempts"
              + " failed confirmed success preference preferences settings frequency rate ratio cost price budget")
          .split(" ");

  private static final String[] VERSIONS = {
    "version", "versions", "ver", "build", "release", "firmware", "useragent", "ua", "oid"
  };

  private static final Node BUILT_IN = built(true, NAMES);
  private static final Node INSIDE = built(false, ANYWHERE);
  private static final Node LAST = built(false, ABOUT);
  private static final Node VERSION = built(false, VERSIONS);

  /** The names of an installation without names of its own. */
  static final KeyNames STANDARD = new KeyNames(List.of());

  private final Node own;

  /**
   * @param own further names, as whole words; in any case and with any separators
   */
  KeyNames(List<String> own) {
    this.own = built(false, own.stream().map(KeyNames::spelled).toArray(String[]::new));
  }

  private static Node built(boolean plurals, String... names) {
    Node root = new Node();
    for (String name : names) {
      if (!name.isEmpty()) {
        root.add(name, HIDES);
        if (plurals && !name.endsWith("s")) {
          root.add(name + "s", HIDES_TEXT);
        }
      }
    }
    return root;
  }

  private static String spelled(String name) {
    StringBuilder letters = new StringBuilder();
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (!isSeparator(c)) {
        letters.append(Character.toLowerCase(c));
      }
    }
    return letters.toString();
  }

  /** What the key that stands in this part of a text says about its value. */
  KeyKind kind(char[] text, int from, int to) {
    KeyKind kind = KeyKind.PLAIN;
    int lastWord = from;
    for (int i = from; i < to; i++) {
      if (isSeparator(text[i])) {
        continue;
      }
      if (INSIDE.walk(text, i, to, false, false) != NONE) {
        kind = KeyKind.HIDDEN;
      }
      if (!isWordBegin(text, i, from, to)) {
        continue;
      }
      lastWord = i;
      if (own.walk(text, i, to, true, false) != NONE) {
        return KeyKind.HIDDEN;
      }
      byte found = BUILT_IN.walk(text, i, to, true, false);
      if (found == HIDES) {
        kind = KeyKind.HIDDEN;
      } else if (found == HIDES_TEXT && kind == KeyKind.PLAIN) {
        kind = KeyKind.HIDDEN_TEXT;
      } else if (kind == KeyKind.PLAIN && VERSION.walk(text, i, to, true, false) != NONE) {
        kind = KeyKind.VERSION;
      }
    }
    boolean hides = kind == KeyKind.HIDDEN || kind == KeyKind.HIDDEN_TEXT;
    return hides && LAST.walk(text, lastWord, to, true, true) != NONE ? KeyKind.PLAIN : kind;
  }

  private static boolean isSeparator(char c) {
    return c < 0x80 ? !Chars.isWord(c) : !Character.isLetterOrDigit(c);
  }

  /** Whether a word begins at a character, which is no separator. */
  private static boolean isWordBegin(char[] text, int at, int from, int to) {
    if (at == from || isSeparator(text[at - 1])) {
      return true;
    }
    char before = text[at - 1];
    char c = text[at];
    if (Character.isUpperCase(c)) {
      return !Character.isUpperCase(before) || (at + 1 < to && Character.isLowerCase(text[at + 1]));
    }
    return Chars.isDigit(c) != Chars.isDigit(before);
  }

  /** A place in the tree of names; its letters lead on. */
  private static final class Node {
    private final @Nullable Node[] ascii = new @Nullable Node[36];
    private final Map<Character, Node> others = new HashMap<>(0);
    private byte ends = NONE;

    void add(String name, byte kind) {
      Node node = this;
      for (int i = 0; i < name.length(); i++) {
        char c = name.charAt(i);
        Node next = node.next(c);
        if (next == null) {
          next = new Node();
          int index = index(c);
          if (index >= 0) {
            node.ascii[index] = next;
          } else {
            node.others.put(c, next);
          }
        }
        node = next;
      }
      if (node.ends != HIDES) {
        node.ends = kind;
      }
    }

    private @Nullable Node next(char c) {
      int index = index(c);
      if (index >= 0) {
        return ascii[index];
      }
      return others.isEmpty() ? null : others.get(Character.toLowerCase(c));
    }

    private static int index(char c) {
      char lower = Chars.lower(c);
      if (Chars.isDigit(c)) {
        return 26 + c - '0';
      }
      return lower >= 'a' && lower <= 'z' ? lower - 'a' : -1;
    }

    /**
     * What the longest name hides that begins here.
     *
     * @param words whether it must end with a word
     * @param whole whether it must end with the text
     */
    byte walk(char[] text, int at, int to, boolean words, boolean whole) {
      byte found = NONE;
      Node node = this;
      for (int i = at; i < to; i++) {
        if (isSeparator(text[i])) {
          continue;
        }
        node = node.next(text[i]);
        if (node == null) {
          return found;
        }
        if (node.ends != NONE
            && (whole ? isRest(text, i + 1, to) : !words || endsWord(text, at, i + 1, to))) {
          found = node.ends;
        }
      }
      return found;
    }

    private static boolean isRest(char[] text, int at, int to) {
      for (int i = at; i < to; i++) {
        if (!isSeparator(text[i])) {
          return false;
        }
      }
      return true;
    }

    private static boolean endsWord(char[] text, int from, int end, int to) {
      return end == to || isSeparator(text[end]) || isWordBegin(text, end, from, to);
    }
  }
}
