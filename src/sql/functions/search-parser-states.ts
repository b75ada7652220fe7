/**
 * THE STATES of the text search parser, as wparser_def.c has them. Of a state's tests the first one
 * that holds decides: what it names is done, and the parser is in the state that it names last, or
 * stays in its own.
 *
 *   test     a character, a class of them, `end` of the text, `else` always; `ignored`: within
 *            <script> or <style>; `host`, `urlpath`: one follows, and is gone over; `hosted`: this
 *            is the parser that was asked for a host
 *   push     what follows is an attempt;  pop: it failed, and the state before goes on with the
 *            test after the one that began it; clear, clearall: it is none any more; merge: its
 *            place becomes that of the state before
 *   again    without going on to the next character
 *   found T  this is a token of type T
 *   tags     whether the tag begins or ends what is ignored
 *   back     the token's parts are to be found too; restart: nothing of it was read;
 *   wanthost the next token is the host at its beginning
 *
 * In collation C each character beyond ASCII is a letter, so that what PostgreSQL does of signs
 * within words of other languages does not come up.
 * https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/tsearch/wparser_def.c
 */
export const PARSER_STATES = `
Base: end | < push InTagFirst | ignored InSpace | asclet InAsciiWord | alpha InWord |
  digit InUnsignedInt | - push InSignedIntFirst | + push InSignedIntFirst |
  & push InXMLEntityFirst | ~ push InFileTwiddle | / push InFileFirst | . push InPathFirstFirst |
  else InSpace
InNumWord: end found numword Base | alnum InNumWord | @ push InEmail | / push InFileFirst |
  . push InFileNext | - push InHyphenNumWordFirst | else found numword Base
InAsciiWord: end found asciiword Base | asclet | . push InHostFirstDomain | . push InFileNext |
  - push InHostFirstAN | - push InHyphenAsciiWordFirst | _ push InHostFirstAN | @ push InEmail |
  : push InProtocolFirst | / push InFileFirst | digit push InHost | digit InNumWord | alpha InWord |
  else found asciiword Base
InWord: end found word Base | alpha | digit InNumWord | - push InHyphenWordFirst |
  else found word Base
InUnsignedInt: end found uint Base | digit | . push InHostFirstDomain | . push InUDecimalFirst |
  e push InMantissaFirst | E push InMantissaFirst | - push InHostFirstAN | _ push InHostFirstAN |
  @ push InEmail | asclet push InHost | alpha InNumWord | / push InFileFirst | else found uint Base
InSignedIntFirst: end pop | digit clear InSignedInt | else pop
InSignedInt: end found int Base | digit | . push InDecimalFirst | e push InMantissaFirst |
  E push InMantissaFirst | else found int Base
InSpace: end found blank Base | < found blank Base | ignored | - found blank Base |
  + found blank Base | & found blank Base | / found blank Base | notalnum InSpace |
  else found blank Base
InUDecimalFirst: end pop | digit clear InUDecimal | else pop
InUDecimal: end found float Base | digit InUDecimal | . push InVersionFirst |
  e push InMantissaFirst | E push InMantissaFirst | else found float Base
InDecimalFirst: end pop | digit clear InDecimal | else pop
InDecimal: end found float Base | digit InDecimal | . push InVerVersion | e push InMantissaFirst |
  E push InMantissaFirst | else found float Base
InVerVersion: end pop | digit again restart InSVerVersion | else pop
InSVerVersion: end pop | digit found blank clearall InUnsignedInt | else
InVersionFirst: end pop | digit clear InVersion | else pop
InVersion: end found version Base | digit InVersion | . push InVersionFirst |
  else found version Base
InMantissaFirst: end pop | digit clear InMantissa | + InMantissaSign | - InMantissaSign | else pop
InMantissaSign: end pop | digit clear InMantissa | else pop
InMantissa: end found sfloat Base | digit InMantissa | else found sfloat Base
InXMLEntityFirst: end pop | # InXMLEntityNumFirst | asclet InXMLEntity | : InXMLEntity |
  _ InXMLEntity | else pop
InXMLEntity: end pop | alnum InXMLEntity | : InXMLEntity | _ InXMLEntity | . InXMLEntity |
  - InXMLEntity | ; InXMLEntityEnd | else pop
InXMLEntityNumFirst: end pop | x InXMLEntityHexNumFirst | X InXMLEntityHexNumFirst |
  digit InXMLEntityNum | else pop
InXMLEntityHexNumFirst: end pop | xdigit InXMLEntityHexNum | else pop
InXMLEntityNum: end pop | digit InXMLEntityNum | ; InXMLEntityEnd | else pop
InXMLEntityHexNum: end pop | xdigit InXMLEntityHexNum | ; InXMLEntityEnd | else pop
InXMLEntityEnd: else found entity clear Base
InTagFirst: end pop | / push InTagCloseFirst | ! push InCommentFirst | ? push InXMLBegin |
  asclet push InTagName | : push InTagName | _ push InTagName | else pop
InXMLBegin: end pop | x InTag | else pop
InTagCloseFirst: end pop | asclet InTagName | else pop
InTagName: end pop | / InTagBeginEnd | > tags InTagEnd | space tags InTag | alnum | : | _ | . | - |
  else pop
InTagBeginEnd: end pop | > InTagEnd | else pop
InTag: end pop | > tags InTagEnd | ' InTagEscapeK | " InTagEscapeKK | asclet | digit | = | - | _ |
  # | / | : | . | & | ? | % | ~ | space tags | else pop
InTagEscapeK: end pop | \\ push InTagBackSleshed | ' InTag | else InTagEscapeK
InTagEscapeKK: end pop | \\ push InTagBackSleshed | " InTag | else InTagEscapeKK
InTagBackSleshed: end pop | else merge
InTagEnd: else found tag clearall Base
InCommentFirst: end pop | - InCommentLast | D InTag | d InTag | else pop
InCommentLast: end pop | - InComment | else pop
InComment: end pop | - InCloseCommentFirst | else
InCloseCommentFirst: end pop | - InCloseCommentLast | else InComment
InCloseCommentLast: end pop | - | > InCommentEnd | else InComment
InCommentEnd: else found tag clearall Base
InHostFirstDomain: end pop | asclet InHostDomainSecond | digit InHost | else pop
InHostDomainSecond: end pop | asclet InHostDomain | digit push InHost | - push InHostFirstAN |
  _ push InHostFirstAN | . push InHostFirstDomain | @ push InEmail | else pop
InHostDomain: end found host clearall Base | asclet InHostDomain | digit push InHost |
  : push InPortFirst | - push InHostFirstAN | _ push InHostFirstAN | . push InHostFirstDomain |
  @ push InEmail | digit pop | hosted found host clearall InURLPathStart | / push InFURL |
  else found host clearall Base
InPortFirst: end pop | digit InPort | else pop
InPort: end found host clearall Base | digit InPort | hosted found host clearall InURLPathStart |
  / push InFURL | else found host clearall Base
InHostFirstAN: end pop | digit InHost | asclet InHost | else pop
InHost: end pop | digit InHost | asclet InHost | @ push InEmail | . push InHostFirstDomain |
  - push InHostFirstAN | _ push InHostFirstAN | else pop
InEmail: hosted pop | host found email clearall Base | else pop
InFileFirst: end pop | asclet InFile | digit InFile | . InPathFirst | _ InFile |
  ~ push InFileTwiddle | else pop
InFileTwiddle: end pop | asclet InFile | digit InFile | _ InFile | / InFileFirst | else pop
InPathFirst: end pop | asclet InFile | digit InFile | _ InFile | . InPathSecond | / InFileFirst |
  else pop
InPathFirstFirst: end pop | . InPathSecond | / InFileFirst | else pop
InPathSecond: end found file clear Base | / push InFileFirst | / found file clear Base |
  space found file clear Base | else pop
InFile: end found file Base | asclet InFile | digit InFile | . push InFileNext | _ InFile |
  - InFile | / push InFileFirst | else found file Base
InFileNext: end pop | asclet clear InFile | digit clear InFile | _ clear InFile | else pop
InURLPathFirst: end pop | urlchar InURLPath | else pop
InURLPathStart: else InURLPath
InURLPath: end found url_path Base | urlchar InURLPath | else found url_path Base
InFURL: end pop | urlpath found url clearall wanthost Base | else pop
InProtocolFirst: end pop | / InProtocolSecond | else pop
InProtocolSecond: end pop | / InProtocolEnd | else pop
InProtocolEnd: else found protocol clearall Base
InHyphenAsciiWordFirst: end pop | asclet InHyphenAsciiWord | alpha InHyphenWord |
  digit InHyphenDigitLookahead | else pop
InHyphenAsciiWord: end found asciihword clearall back InParseHyphen | asclet InHyphenAsciiWord |
  alpha InHyphenWord | digit InHyphenNumWord | - push InHyphenAsciiWordFirst |
  else found asciihword clearall back InParseHyphen
InHyphenWordFirst: end pop | alpha InHyphenWord | digit InHyphenDigitLookahead | else pop
InHyphenWord: end found hword clearall back InParseHyphen | alpha InHyphenWord |
  digit InHyphenNumWord | - push InHyphenWordFirst | else found hword clearall back InParseHyphen
InHyphenNumWordFirst: end pop | alpha InHyphenNumWord | digit InHyphenDigitLookahead | else pop
InHyphenNumWord: end found numhword clearall back InParseHyphen | alnum InHyphenNumWord |
  - push InHyphenNumWordFirst | else found numhword clearall back InParseHyphen
InHyphenDigitLookahead: end pop | digit InHyphenDigitLookahead | alpha InHyphenNumWord | else pop
InParseHyphen: end again Base | asclet InHyphenAsciiWordPart | alpha InHyphenWordPart |
  digit push InHyphenUnsignedInt | - push InParseHyphenHyphen | else again Base
InParseHyphenHyphen: end pop | alnum found blank clear InParseHyphen | else pop
InHyphenWordPart: end found hword_part Base | alpha InHyphenWordPart | digit InHyphenNumWordPart |
  else found hword_part InParseHyphen
InHyphenAsciiWordPart: end found hword_asciipart Base | asclet InHyphenAsciiWordPart |
  alpha InHyphenWordPart | digit InHyphenNumWordPart | else found hword_asciipart InParseHyphen
InHyphenNumWordPart: end found hword_numpart Base | alnum InHyphenNumWordPart |
  else found hword_numpart InParseHyphen
InHyphenUnsignedInt: end pop | digit | alpha clear InHyphenNumWordPart | else pop
`;
