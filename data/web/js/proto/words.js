// SPDX-License-Identifier: LGPL-2.1-or-later
/** The list of made codes, as in src/proto/words.c: sorted. */
export const words = `
abacus abbey about above absent absorb accent access account achieve acorn acquire acrobat
across action active actor actual address adjust admiral admire admit adobe adult advance
advice aerial affair afford agenda agent airline airport alarm album alcove algebra almanac
almond almost alpaca alphabet alpine always amount amulet analog anchor animal annual answer
anthem antique antler anvil appeal apple apricot april apron aquatic arcade archer archive
arctic arena arise armada armchair arrange arrive artist ascend ashore aspect aspen asphalt
assist assume aster atlas atom attach attend attic auburn audio august aurora author autumn
avenue avocado award awning axle azure baboon badger bagel baggage bakery balance balcony
ballad balloon balsa bamboo banana bandage banjo banner barber barefoot bargain baritone barley
barn barrel basalt basil basket bassoon bathtub battery bazaar beach beacon beagle beaker beard
beauty become bedrock bedroom beehive beetle before begin behave behind believe bellows belong
beneath beret berry beside beyond bicycle billow binder birch biscuit bison blanket blazer
blender blossom blouse bluff boat bobcat bobsled boldly bolster bonfire bongo bonnet bonus
bookcase border botany bottle bottom boulder bounce bouquet bowler boxcar bracelet bracket
braid branch brave bread breeze brick bridge bright broccoli broken bronze brook brother brown
browse brush bubble bucket buckle buddy budget buffalo buffet bugle builder bulb bumper bundle
bungalow bunny burger burlap burrow bushel business butler button buzzer cabbage cabin cabinet
cactus cadet calcium calendar calico calm calypso camel camera campfire campus canal canary
candle candy canine canoe canopy canvas canyon capital captain caramel caravan carbon cardinal
cargo caribou carnival carol carpet carriage carrot cartoon carve cascade cashew cashmere
castle casual catfish causeway cavern caviar cedar ceiling celery cello cement census century
cereal certain chain chalet chalk chamber chance channel chapel chapter charcoal charge chariot
charm chase cheddar cheese chemist cherry chess chestnut chicken chief chimney chipmunk chisel
choice choir chorus chowder chrome chronic chuckle cider cinema cinnamon circle circus citizen
citrus city civic clarinet classic clatter clay clean clever client cliff climate climb clinic
clipper cloak closet cloth cloud coach coastal cobalt cobbler cobra coconut coffee coin collage
collar collect column comedy comet comfort commerce common compass compute concert concrete
condor cone confetti connect consul contain control convoy cookbook cookie copper copy coral
corner corridor cosmic costume cottage cotton cougar council counter country couple courage
course cousin cowboy coyote cradle craft crane crater crayon cream create credit creek crescent
cricket crimson crisp crocus crowd cruise crumb crust crystal cuckoo cucumber cuddle culture
cupboard cupcake curb curious current curry cushion custard custom cutlery cycle cyclone
cylinder cymbal cypress daffodil dahlia daily damask dance danger daring darkness dashing data
daughter dawn daytime dazzle debate debut decade decent decimal deck decorate deed defend
define degree delight deliver delta demand denim dentist deny depart deposit depth deputy derby
derive describe desert design desire desktop detail detect develop device devote dewdrop
dialect diamond diary diesel diet digest digital dignity dilemma dimple dinghy dinner dinosaur
diploma direct discover dish distant ditch divide dizzy doctor dogwood doll dolphin domain dome
dominant domino donate donkey donor dormant double dough downtown dozen dragon drama drapery
drawer dress drift drill drink driver drizzle drum duchess dugout dumpling dune duplex durable
dust dutiful dweller dynamic eager early earnest earring earth easel easy echo eclipse ecology
economy edible edition editor educate effect effort eggplant elapse elastic elbow elder elegant
element elephant elevate eleven elf elite embark ember emblem embrace emerald emerge emperor
empire employ empty enable enamel encore endless endure energy engage engine engrave enjoy
enlist enormous enough enrich ensemble enter entire entrance envelope epic episode epoch equal
equator equip eraser escape escort espresso essay essence estate eternal ethics evening event
evident evolve exact example exceed excel except exchange excite excuse exercise exhibit exit
exotic expand expert explain explore expose express extend extra eyebrow eyelid fabric facade
factory faculty fairy falcon family famous fancy fantasy farm fashion father faucet feast
february fellow felt fence fennel fern fertile festival fiber fiction fiddle field fifteen fig
figure filament film filter final finance finch finger finish fire firefly first fitness flag
flame flamingo flannel flash fleet flexible flicker flight flint float flock floor flora
florist flower fluffy fluid flute foam focus foliage folk fondue football force forecast forest
forever formal former fortress fortune forum forward fossil founder fountain fox foxglove
fraction fragile freckle freedom freight frequent fresco fresh friday friend fringe frog front
frozen fruit fudge function furnace future gadget galaxy gallery gallop gamma garage garden
gargle garland garlic garment garnet gazebo gazelle gear gecko gelatin gem general generous
genius gentle genuine geology gerbil geyser giant gift giggle giraffe girdle glacier glad
glance glass glider glimmer glitter globe glory glossy glow glucose glue goblet gold gondola
goose gopher gorge gorilla gourmet govern grace graduate grain grammar grand granite graph
gravel gravity green grid griffin grizzly grocery groove ground group guard guess guide guild
guitar gulf gumdrop gymnast gyro habit hacksaw hail haircut half halibut hallway hammer hammock
hamster hand hangar happen happy harbor hardware harmony harness harp harvest hatchet hawk
hazel headband headline health heart heather heaven hedge hedgehog height helium helmet helpful
hemlock herald herbal herd heritage hermit heron hexagon hiccup hickory hidden highway hiking
hill hinge history hobby hockey holiday hollow holly honest honey hoof horizon hornet horse
hospital hotel hour hover human humble humid hundred hurdle hydrogen hymn iceberg icicle icon
ideal identity igloo iguana image imagine immense impact import impress improve include income
increase index indigo indoor industry infant inform ingot inhale initial inlet inning input
inquire insect inside inspire install insulate intent interior invest invite iris island
isotope issue itself ivory ivy jackal jacket jaguar jasmine jasper javelin jazz jeans jelly
jersey jester jetty jewel jigsaw jingle jogger joke journal journey joy jubilee juggle juice
jukebox july jump junior juniper jupiter justice kale kangaroo karate kayak kebab keep kernel
kettle keyboard keyhole kimono kind kingdom kiosk kitchen kitten kiwi knee knight knit knob
koala label lace lacquer ladder lady ladybug lagoon lamp language lantern laptop larch large
laser lasso last lateral lattice laugh laundry laurel lava lavender lawful lawyer leader leaf
league learn lecture leek legacy legend legume leisure lemon lemonade length lens lentil
leopard lesson letter lettuce level library lichen lilac lily lime limit linden linear link
lion lipstick liquid listen little lizard llama lobster local locket locust lodge lofty logic
lollipop long lottery lotus lounge love lucid lucky luggage lullaby lumber luminous lunar lunch
luster luxury lyric macaroni machine magazine magenta magic magma magnet magnolia magpie
mahogany mailbox main major making mallard mallet mammoth manager mandarin mandolin mango
mansion mantle manual maple marathon marble margin marigold marina market maroon marquee
married marsh marvel mascot mask mason match matrix mattress maximum maze meadow meaning
measure medal median medicine medley melody melon memory mental mentor menu mercury merit
mermaid message meteor method metro microbe midnight midway might migrate mild million mimic
mindful mineral minimum minnow minor mint minute miracle mirror mission mixture mobile model
modern modest module moisture molasses molecule moment monarch monday monsoon month monument
moonbeam morning mortar mosaic moss mother motion motor mouse movement movie mud muffin
mulberry mule multiply muscle museum mushroom music muslin mustang mutual mystery myth name
napkin narrate narrow nation native natural nature nautical navy nebula necklace nectar needle
neglect neon nephew nest network neutral newborn nibble nickel nine ninja nitrogen noble
nocturne nomad noodle north nose notable notebook nothing notice noun novel november nozzle
nugget nurse nursery nutmeg nutrient nylon oak oasis oatmeal obelisk object oboe observe obtain
obvious occupy ocean october octopus offer office official often oilcloth ointment olive onion
online onward onyx opal opaque open opera opinion optic optimal option oracle orange orbit
orchard orchid oregano organ origin oriole ornament ostrich otter outdoor outfit outlet output
outside overcoat owl owner oxide oxygen oyster ozone package paddle padlock page painter palace
palette pamphlet pancake panda panel panorama pansy panther pantry papaya paper paprika parade
paragon parallel parasol parcel parent parking parsley partner party pasta pastel pasture
patient patio patrol pattern pause pavement pavilion peaceful peacock peanut pearl pebble pecan
peel pelican pencil penguin pension people pepper perfect perform perfume period person petal
petition phantom phone photo phrase physics piano piccolo picnic picture piece pier pigeon
pilgrim pilot pinball pinwheel pioneer pirate piston pitcher pixel pizza plaid planet plank
plaster plate platinum player plaza pleasant plenty plum plural poem poetry point polish polite
polka polygon pond pool popcorn poplar porch porridge portrait position possible postcard
potato powder powerful practice prairie praise precious predict prefer premium prepare present
pretty pretzel primary prince prism private prize probable problem process produce profile
program project promise prompt proper proud provide public pudding pueblo pulley pulse pumpkin
pupil puppet purchase pure purple purpose puzzle pyramid python quaint quality quantity quarter
quartz quasar queen question quick quiet quill quinoa quiver quiz quota rabbit raccoon radar
radiant radio radish railroad rainbow raisin rally ramble random rapid rare raven ravine reason
recall receive recipe record recycle redwood reef reflect reform refresh refuge regal region
register regular rehearse reindeer relate relax relief relish rely remain remark remember
remote render renew rent repeat replace reptile republic request rescue research reserve
resident resist resort respect result retreat return reveal review reward rhubarb rhythm ribbon
rice rigid ring ripple ritual roast robin robot rodeo romance room rooster rope rosemary rotate
route royal rubber rudder rugby ruler runway rural rustic rye safari safety saffron saga sailor
salad salmon salt salute sample sandal sandwich sapphire sardine satin saturn sausage savanna
scale scallop scarf scene scenic scholar school science scissors scooter scope scorpion scout
scramble screen script scroll sculptor seagull seal search second secret section secure seesaw
select senior sensible sentence sequoia sergeant series service sesame seven several shadow
shallow shampoo share shawl sheep shelf shelter sherbet sheriff shield shimmer shine shingle
ship shirt shoe shoulder shovel shower shrimp shrub shuffle shutter shuttle sibling side sierra
signal silent silicon silk silver similar since siren sister sitar skate sketch skill skyline
slalom sleepy sleeve slice slogan small smart smile smoke smooth snack snail snapshot sneaker
snorkel snow soap soccer social society soda softball soil solar soldier solid solo solution
solve sonata soprano sorbet sound source south souvenir space spaniel spark sparrow special
speech spell sphere spider spinach spiral spirit splash splendid sponge spoon sport spotless
spring sprout spruce square squash squid squirrel stable stadium staff stage stair stamp stand
starfish statue steady steel stellar stem stencil stereo steward stick stirrup stitch stomach
stone stool storage storm straight strategy straw stream street stretch stripe strong strudel
student studio sturdy style subject suburb subway success sudden sugar suggest suitcase summer
summit sunday sundial sunlight sunrise supper supply support supreme surface surfer surgeon
surplus surprise surround survey sushi swan sweater sweet swift swim swing sycamore syllable
symphony syntax syrup system tablet tackle taco tadpole taffy talent talk tandem tapestry
target tartan taste taxi teacher teapot teaspoon teddy telegram temple tempo tenant tennis
tepid terminal terrace terrain terrier textile texture thank theme theory thermal thesis
thimble thing thirteen thistle thousand thread three thrift thrive throat throne thumb thunder
thursday tiara ticket tidal tiger timber timid tinsel tiny title toad today together toggle
token tomato tomorrow tongue tonic topaz tornado tortoise total toucan touch toward tower town
track tractor trade traffic trail tram transfer trapeze treasure treaty trellis tremble
triangle tribute trident trilogy triple triumph trolley trombone tropical trouble trousers
trout trowel truffle trumpet truth tuba tuesday tugboat tulip tundra tunnel turban turbine
turkey turmeric turnip turtle tutor tuxedo tweed twelve twenty twice twig twilight twist
typical typist ukulele ultimate umbrella uncle under unicorn uniform unique unison universe
until unusual update upgrade uphill upright upset upstairs upward urchin usher usual utensil
utility utopia vacation vacuum valet valiant valid valley value vanilla vanish variety vase
vault vector vehicle velvet vendor venture verb verdict version vertical vessel veteran viaduct
vibrant victory video view village vinegar vintage vinyl viola violet violin virtue visible
vision visitor visual vital vitamin vivid voice volcano volume vote voucher vowel voyage waffle
wagon waist waiter wallaby walnut walrus waltz wander warbler wardrobe warning warrant wash
waxwing weave website wedding welcome welfare western whale wharf wheat wheel whimsy whisker
white wicker widget width window winter wisdom wise wolf wombat wood worker world worry wrap
wreath wren wrench wrinkle xenon xylem yacht yard yonder young yourself zebra zenith zephyr
zero zigzag zinc zinnia zipper zither zodiac zoology zucchini
`.trim().split(/\s+/);
