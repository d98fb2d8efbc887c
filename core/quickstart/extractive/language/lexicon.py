"""Word tables for English: the closed classes whole, the open ones as far as a light chunker needs them."""

from __future__ import annotations

from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


DETERMINERS: Final = _words(
    "a an the this that these those each every some any no all both another either neither such what which my your "
    "his her its our their several many few most much more less"
)
PREPOSITIONS: Final = _words(
    "in on at by from to into onto with without within for of about above across after against along among around as "
    "before behind below beneath beside besides between beyond despite down during except inside like near off "
    "opposite out outside over past per since than through throughout toward towards under underneath until up upon "
    "via unlike amid alongside"
)
SURE_PLACE_PREPOSITIONS: Final = _words(
    "near behind beneath underneath beside inside outside opposite beyond alongside along across below onto"
)
COORDINATORS: Final = _words("and or but nor yet")
SUBORDINATORS: Final = _words(
    "while although though because since when whenever where whereas if unless until before after as so once that "
    "whether how why"
)
RELATIVES: Final = _words("who whom whose which that where when")
SUBJECT_PRONOUNS: Final = _words("i you he she it we they one")
PRONOUNS: Final = _words(
    "i you he she it we they me him her us them this that these those his hers its their theirs himself herself "
    "itself themselves here there"
)
BE: Final = _words("is are was were be been being am")
HAVE: Final = _words("has have had having")
DO: Final = _words("do does did")
MODALS: Final = _words("can could may might must shall should will would cannot")
FINITE_AUXILIARIES: Final = _words("is are was were am has have had do does did") | MODALS
AUXILIARIES: Final = FINITE_AUXILIARIES | BE | HAVE

ADVERBS: Final = _words(
    "not never also still now then soon later often always sometimes usually already almost only just even again once "
    "twice today ever first originally subsequently initially finally together away back once thus hence therefore "
    "roughly nearly partly mostly mainly well too very quite rather long further instead nowadays seldom rarely alone "
    "far forward everywhere abroad home upstairs downstairs nearby sometime anytime somewhat next"
)
NOT_ADVERBS: Final = _words("family supply reply july italy early daily weekly monthly yearly only friendly assembly")
CONNECTIVES: Final = _words(
    "however moreover furthermore therefore thus hence nevertheless nonetheless consequently additionally also "
    "besides meanwhile instead similarly likewise finally indeed still then today so yet and but or"
)

MONTHS: Final = _words(
    "january february march april may june july august september october november december jan feb mar apr jun jul "
    "aug sept sep oct nov dec"
)
DAYS: Final = _words("monday tuesday wednesday thursday friday saturday sunday weekday weekend weekdays weekends")
DAYS_PLURAL: Final = _words("mondays tuesdays wednesdays thursdays fridays saturdays sundays")
TIME_WORDS: Final = _words(
    "early late mid first last following same next previous beginning middle end start about around roughly then now "
    "the a an this that its his their of and or to from until every each between spring new"
)
"""Words that may accompany a time noun in a phrase that says when."""

TIME_NOUNS: Final = (
    MONTHS
    | DAYS
    | DAYS_PLURAL
    | _words(
        "spring summer autumn winter century centuries decade decades year years month months week weeks day days "
        "hour hours minute minutes second seconds morning mornings afternoon evening evenings night nights noon "
        "midnight dawn dusk sunrise sunset season seasons war period era age time times today yesterday tomorrow "
        "christmas easter ago 1990s 1980s 1970s 1960s 1950s 1940s 1930s 1920s 1900s medieval antiquity"
    )
)
DURATION_NOUNS: Final = _words(
    "century centuries decade decades year years month months week weeks day days hour hours minute minutes second "
    "seconds night nights season seasons generation generations"
)
UNITS: Final = _words(
    "metre metres meter meters kilometre kilometres kilometer kilometers centimetre centimetres millimetre "
    "millimetres mile miles foot feet inch inches yard yards km cm mm m hectare hectares acre acres litre litres "
    "liter liters gallon gallons kilogram kilograms kilo kilos kg gram grams tonne tonnes ton tons pound pounds euro "
    "euros dollar dollars crown crowns percent degree degrees light-year light-years watt watts kilowatt kilowatts "
    "volt volts knots arcmin kiloparsecs magnitude au"
)
MEASURE_ADJECTIVES: Final = _words("high tall long wide deep thick old heavy broad large")
"""They follow a measure ("18 metres high") and are asked for with "How high"."""

NUMBER_WORDS: Final = _words(
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
    "nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion dozen"
)
APPROXIMATIONS: Final = _words("about around some roughly nearly almost over approximately only exactly just up-to")

PERSON_NOUNS: Final = _words(
    "man men woman women person people child children boy boys girl girls friend friends family families king queen "
    "prince princess emperor bishop priest monk monks nun doctor nurse teacher pupil pupils student students "
    "professor engineer engineers architect architects astronomer astronomers historian historians explorer explorers "
    "builder builders owner owners founder founders director directors keeper keepers worker workers visitor visitors "
    "guide guides volunteer volunteers member members farmer farmers miller millers carpenter carpenters merchant "
    "merchants sailor sailors captain pilot driver drivers mayor minister president secretary soldier soldiers writer "
    "writers author authors poet painter painters sculptor composer singer musician scientist scientists researcher "
    "researchers chemist physicist biologist geologist botanist inventor inventors designer designers manager clerk "
    "apprentice apprentices blacksmith mason masons baker brewer weaver weavers printer printers banker lawyer judge "
    "brother brothers sister sisters father mother son sons daughter daughters wife husband widow uncle aunt cousin "
    "grandson granddaughter resident residents villager villagers inhabitants citizens tourists travellers fishermen "
    "shepherd shepherds hunter hunters gardener gardeners surveyor surveyors foreman crew staff team committee arabs "
    "chinese romans greeks pilgrims settlers scholars specialists experts ranger rangers beekeeper beekeepers "
    "conductor curator librarian caretaker inspector commissioner photographer journalist climbers women's reader "
    "readers islander islanders winner winners guest guests cook cooks walker walkers climber forger forgers coucher "
    "vatman cousins pupil anyone everyone someone nobody"
)
PERSON_TITLES: Final = _words("dr dr. mr mr. mrs mrs. ms ms. sir lady lord professor captain saint king queen bishop")
PERSON_VERBS: Final = _words(
    "write found design paint invent discover draw marry die propose compose sculpt describe publish observe argue "
    "note calculate teach study retire chart explore donate say tell believe think work live build carve measure "
    "sketch lead translate photograph record"
)
"""What mostly persons do: a two-word name before such a verb is asked for with "Who"."""

THING_NOUNS: Final = _words(
    "mill works factory company society museum station harbour bridge house hall tower castle church abbey school "
    "university college institute institution library theatre hotel park garden street road square river lake "
    "mountain mount hill valley island bay sea ocean forest canal railway line line's constellation star cluster "
    "galaxy union survey telescope observatory railway club trust foundation association council government ministry "
    "office bank hospital market festival prize award war treaty act law book report award group system project "
    "centre center engine machine quarter society's committee agency department service team north south east west "
    "new great old upper lower gorge pass peak falls farm dam lighthouse mine quarry"
)
"""A capitalised phrase with one of these is no person."""

ABSTRACT_NOUNS: Final = _words(
    "process way ways addition fact diameter length height width depth weight total order form forms use honour honor "
    "part parts general particular turn charge favour favor search response contrast words front relation combination "
    "language name names detail details practice danger need average number size shape colour color condition "
    "conditions time times example examples collision return exchange comparison common secret public return need "
    "person love print operation demand sale loan display duty average purpose hand hands foot fire service question "
    "accordance style styles quality quantity price cost age kind kinds type types groups pairs rows layers stages "
    "pieces sheets colours colors strips bundles sizes scale position brightness magnitude value tenth third half "
    "fifth twentieth hundredth instance rate speed end beginning hour day year week month minute temperature "
    "temperatures extent degree"
)
"""After in, on or at these name no place."""

COLLECTIVE_NOUNS: Final = _words(
    "class team crew family staff committee council society club band party couple pair group company army police "
    "board government orchestra choir tribe"
)
"""Singular words that "they" may refer to."""

TOOLS: Final = _words(
    "tower shower counter cutter roller boiler mixer pointer planter recorder computer container heater cooler burner "
    "drainer filter folder poster sticker blower dryer crusher sharpener shutter printer slider spinner beater "
    "strainer separator receiver transmitter feeder hanger locker freezer trailer lighter washer steamer planer "
    "grinder order border cover corner character matter layer former lower upper number letter water river winter "
    "never under cluster centre other further power flower answer offer member quarter eater buffer cleaner carrier "
    "lever setter liner sampler ladder charter marker rather over liver rider wanderer sander loader dresser cracker"
)
"""Nouns in -er that are no persons, or mostly not."""

PARTICLES: Final = _words("off out up down away back together apart aside through over")
"""They may belong to the verb before them: "cut off"."""

STOPWORDS: Final = (
    DETERMINERS
    | PREPOSITIONS
    | COORDINATORS
    | SUBORDINATORS
    | RELATIVES
    | PRONOUNS
    | AUXILIARIES
    | _words("not also very so there here own same other only just than too out up down off about who what why how")
    | _words("whose whom can't isn't doesn't didn't i me we us mr mrs it's one's etc")
)

STANCE: Final = _words("is are was were stands stood lies lay hangs hung sits sat runs ran")
"""Verb forms that may come before their subject: "On the roof stands a vane"."""

SAYING: Final = _words(
    "say note think believe show know calculate find report argue suggest mean prove tell claim state explain "
    "estimate hope agree decide learn notice discover observe write remark"
)
"""Verbs that a "that" clause or quoted speech may follow."""

TAKING_INFINITIVE: Final = _words(
    "want begin start try need seek appear seem continue decide plan agree hope fail manage learn help ask allow "
    "require enable force cause tend refuse offer promise take"
)
"""Verbs whose infinitive says what, not what for."""

MOVING: Final = _words("go travel move sail fly walk run come return climb migrate march ride drive swim")
"""Verbs after which "to" says where."""

NOUNS_TOO: Final = _words(
    "supply pump store work record sound sign ship visit plant guard guide match seal stamp pack pile roll test tour "
    "trap wash watch light mark map model mould press range report sample shape stock stone tool trade trip value "
    "walk water weight wheel repair cable help"
)
"""Verbs whose -s form, after "and", is rather a noun when a preposition follows."""

ORDINALS: Final = _words("first second third fourth fifth last next new own single other same")
"""Words that distinguish things, but do not say of which kind they are."""

DOUBLING: Final = _words(
    "admit bat chop commit control cram dam dip drag drip drop fit flap flip grab hop hug log map mop net occur omit "
    "pan permit pin plan plot prefer refer regret rob rub ship shop shut skip slam slip snap step stir stop strip "
    "submit travel label signal model equal level tunnel tan tap tip transfer transmit trap trim trip wrap knit equip "
    "war star propel compel rot span nap hum beg jog nod"
)
"""Verbs that double their last consonant before -ed and -ing."""

NAMING: Final = _words("call name make elect appoint give label rename consider declare open")
"""Verbs whose passive takes a bare noun: "was called Ankaa", "was made king"."""

STATES: Final = _words("have cost hold measure weigh contain last lie mean want need take give")
"""Verbs for which "what is known about holding …" would be odd."""

VERBS_AFTER_POINTER: Final = _words("is was are were has had have means makes made will can may led gave left")
"""After "This", they show that it is a pronoun, without a noun."""
