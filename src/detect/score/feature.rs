//! The named features of a candidate, each true or false. `weights.tsv` has a weight for each.

/// Makes the enum, its names and the words for people from one table.
macro_rules! features {
    ($($variant:ident = $name:literal, $words:literal;)*) => {
        /// A feature of a candidate in a credential position.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Feature {
            $(#[doc = $words] $variant,)*
        }

        impl Feature {
            /// All features, in order.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The stable name, as in `weights.tsv`.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What it means.
            #[must_use]
            pub fn words(self) -> &'static str {
                match self { $(Self::$variant => $words,)* }
            }
        }
    };
}

features! {
    NamePassword = "name-password", "the name ends in a word for a password";
    NameSecret = "name-secret", "the name ends in \"secret\"";
    NameToken = "name-token", "the name ends in \"token\"";
    NameApiKey = "name-api-key", "the name ends in a kind of key that gives access";
    NameKey = "name-key", "the name ends in \"key\"";
    NameAuth = "name-auth", "the name ends in a word for authorization";
    NameCredential = "name-credential", "the name ends in \"credential\"";
    NameSalt = "name-salt", "the name ends in \"salt\", \"nonce\", \"seed\" or the like";
    NameInside = "name-inside", "the credential word is not the end of the name";
    NameAlone = "name-alone", "the name is the credential word alone";
    NameQualified = "name-qualified", "the name says whose credential it is";
    NameUpper = "name-upper", "the name is in capitals";
    NameVerb = "name-verb", "the name begins with a verb";
    NameTest = "name-test", "the name says test, example, wrong or expected";
    NameConfirm = "name-confirm", "the name is a confirmation, or numbered";
    NameLong = "name-long", "the name has more than four words";
    NamePublic = "name-public", "the name says that the value is public";
    NamePlace = "name-place", "the name means a place: URL, path, file, host";
    NameLabel = "name-label", "the name means a text for people";
    NameMeta = "name-meta", "the name means a property: type, length, policy, time";
    NameIdentity = "name-identity", "the name means a name or an identifier";
    NameHash = "name-hash", "the name means a hash or something encrypted";
    NameParser = "name-parser", "the name is of tokens of a language, keys of a map or a keyboard, or of authors";
    OperatorEquals = "operator-equals", "assigned with =";
    OperatorColon = "operator-colon", "assigned with :";
    OperatorArrow = "operator-arrow", "assigned with =>";
    OperatorCompare = "operator-compare", "compared with the value";
    OperatorCall = "operator-call", "an argument of a call with that name";
    OperatorSecondArgument = "operator-second-argument", "not the call's first argument";
    OperatorComma = "operator-comma", "the argument after the name";
    OperatorMember = "operator-member", "the member \"value\" beside the member with the name";
    OperatorFallback = "operator-fallback", "what is taken where the variable is not set";
    OperatorBlank = "operator-blank", "after the name and a blank";
    OperatorQuery = "operator-query", "a parameter of a URL";
    OperatorFlag = "operator-flag", "an option of a command";
    OperatorElement = "operator-element", "the text of an element";
    OperatorList = "operator-list", "a member of a list";
    OperatorWrapped = "operator-wrapped", "within a call of another name";
    OperatorTight = "operator-tight", "no blank round the operator";
    PositionHeader = "position-header", "after a scheme of an authorization header";
    PositionUserinfo = "position-userinfo", "between user and host of a URL";
    PositionCommand = "position-command", "the password option of a known command";
    PositionCall = "position-call", "an argument that a known function takes as a credential";
    HostExample = "host-example", "the host of the URL is made up, as in example.com";
    HostLocal = "host-local", "the host of the URL is this machine or a name without dots";
    UserPlain = "user-plain", "the user of the URL is \"user\" or the like";
    Bare = "bare", "without quotes";
    BareInCode = "bare-in-code", "without quotes in a programming language";
    BareInText = "bare-in-text", "without quotes in prose or markup";
    BareContinued = "bare-continued", "without quotes, and more words follow";
    BareInString = "bare-in-string", "without quotes inside a string";
    BareStatement = "bare-statement", "without quotes, and code follows";
    Escaped = "escaped", "in escaped quotes";
    Length5 = "length-5", "at most 5 characters long";
    Length7 = "length-7", "6 or 7 characters long";
    Length11 = "length-11", "8 to 11 characters long";
    Length19 = "length-19", "12 to 19 characters long";
    Length39 = "length-39", "20 to 39 characters long";
    Length40 = "length-40", "40 characters long or longer";
    Digits = "digits", "digits only";
    Lower = "lower", "small letters only";
    Upper = "upper", "capitals only";
    Capitalized = "capitalized", "one capital, then small letters";
    LettersDigits = "letters-digits", "letters and digits";
    Interleaved = "interleaved", "letters and digits change often";
    MixedCase = "mixed-case", "capitals and small letters mixed as by chance";
    Special = "special", "punctuation as in a strong password";
    Hex = "hex", "16 or more hex digits";
    HexOfHash = "hex-of-hash", "as many hex digits as a common hash has";
    Base64Tail = "base64-tail", "ends as base64 does";
    Base32 = "base32", "base32 of a usual length";
    Uuid = "uuid", "a UUID";
    Blank = "blank", "has a blank";
    Words = "words", "several words";
    Camel = "camel", "an identifier of words with capitals between";
    Snake = "snake", "words with _ or - between";
    Dotted = "dotted", "names with dots between";
    Slashed = "slashed", "has a slash";
    WordLike = "word-like", "reads like a word";
    Vocabulary = "vocabulary", "a common word of programs or of forms";
    WeakPassword = "weak-password", "holds a password of manuals, such as admin or letmein";
    NamesCredential = "names-credential", "holds a word for a credential";
    TestWord = "test-word", "holds a word such as test, sample or foo";
    SaysCounting = "says-counting", "holds 123 or abc";
    NonAscii = "non-ascii", "letters beyond ASCII";
    Markup = "markup", "has brackets, braces or angle brackets";
    HashFormat = "hash-format", "a password hash, such as $2a$ or sha1$";
    VersionLike = "version-like", "a version, a date or an OID";
    FileName = "file-name", "ends like the name of a file";
    Entropy = "entropy", "as random as its alphabet allows";
    LowEntropy = "low-entropy", "far less random than its alphabet allows";
    FileTest = "file-test", "in a test";
    FileExample = "file-example", "in an example or a template";
    FileDocs = "file-docs", "in documentation";
    FileCode = "file-code", "in a programming language";
    FileConfig = "file-config", "in a configuration or data file";
    NearUser = "near-user", "a user name stands near";
    NearHost = "near-host", "a host or a port stands near";
    NearLabel = "near-label", "words for a form or a translation stand near";
    NearTest = "near-test", "words for tests or examples stand near";
    NearHash = "near-hash", "words for hashes stand near";
    NearPublic = "near-public", "words for public keys stand near";
    NearParser = "near-parser", "words of parsers, maps or keyboards stand near";
    NearType = "near-type", "the line declares a type or a field";
    Comment = "comment", "in a comment";
}

/// A set of features.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Features(u128);

impl Features {
    /// Adds `feature` if `holds`.
    pub(super) fn put(&mut self, feature: Feature, holds: bool) {
        self.0 |= u128::from(holds) << feature as u32;
    }

    /// Whether `feature` is in the set.
    #[must_use]
    pub fn has(self, feature: Feature) -> bool {
        self.0 >> feature as u32 & 1 == 1
    }

    /// All features of both sets.
    #[must_use]
    pub(super) fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The features, in order.
    pub fn iter(self) -> impl Iterator<Item = Feature> {
        let mut left = self.0;
        std::iter::from_fn(move || {
            let next = Feature::ALL.get(left.trailing_zeros() as usize)?;
            left &= left - 1;
            Some(*next)
        })
    }
}

const _: () = assert!(Feature::ALL.len() <= 128, "a set has 128 bits");
