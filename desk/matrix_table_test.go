package desk_test

// commandRule is what is to be true of a command, written by hand: from SPEC, not from the registry.
type commandRule struct {
	// needs is the part of the desk somebody must have a right to, with a "+" where it is to change something; "" is any of the staff.
	needs string
	// rooms are where it is taken: p(ortal), l(obby), d(irect chat), a(dministrators' room), s(taff's own room), q(uestions to a site's
	// administrators).
	rooms string
	// does is an order that changes something, and by whom: it has to be recorded. "" for a command that only tells.
	does, by string
	// on is what the right is judged by: see reachOf. "" where there is nothing to judge beyond needs.
	on string
}

// commandRules has a row for every command. A command without one fails TestMatrixIsWhole.
var commandRules = map[string]commandRule{
	"accept":      {rooms: "pld", does: "!accept 2", by: "anna"},
	"decline":     {rooms: "pld", does: "!decline 2", by: "anna"},
	"undecline":   {rooms: "pld", does: "!decline 2\n!undecline 2", by: "anna"},
	"close":       {needs: "tickets+", rooms: "pld", does: "!close #1", by: "anna", on: "ticket"},
	"return":      {needs: "tickets+", rooms: "pld", does: "!return #1", by: "anna", on: "ticket"},
	"queue":       {needs: "tickets+", rooms: "pld", does: "!queue returns #1", by: "anna", on: "ticket"},
	"transfer":    {needs: "tickets+", rooms: "pld", does: "!transfer @boris:test #1", by: "anna", on: "ticket"},
	"resend":      {needs: "tickets+", rooms: "p"}, // changes something where a message did not reach the customer
	"rename":      {needs: "tickets+", rooms: "p", does: "!rename Order 7", by: "anna"},
	"take":        {needs: "tickets+", rooms: "pld", does: "!take #1", by: "vera", on: "supervised"},
	"watch":       {needs: "tickets+", rooms: "pld", does: "!watch #1", by: "vera", on: "supervised"},
	"call":        {needs: "tickets+", rooms: "p", does: "p:!call", by: "anna"},
	"video":       {needs: "tickets+", rooms: "p", does: "p:!video", by: "anna"},
	"screen":      {needs: "tickets+", rooms: "p", does: "p:!screen", by: "anna"},
	"screen stop": {needs: "tickets+", rooms: "p", does: "p:!screen\np:!screen stop", by: "anna"},
	"hangup":      {needs: "tickets+", rooms: "p", does: "p:!call\np:!hangup", by: "anna"},
	"call link":   {needs: "tickets+", rooms: "p"}, // says something to a customer of a messenger
	"block":       {needs: "tickets+", rooms: "pld", does: "p:!block rude\np:!block yes", by: "anna", on: "ticket"},
	"unblock":     {needs: "tickets+", rooms: "pld", does: "p:!block rude\np:!block yes\n!unblock #1", by: "root"},
	"blocked":     {needs: "tickets", rooms: "pldasq"},
	"my":          {needs: "tickets", rooms: "pldasq"},
	"new":         {needs: "tickets", rooms: "pldasq"},
	"all":         {needs: "tickets", rooms: "pldasq"},
	"archive":     {needs: "tickets", rooms: "pldasq"},
	"search":      {needs: "tickets", rooms: "pldasq"},
	"open":        {needs: "tickets", rooms: "pldasq", does: "!close #1\n!open #1", by: "root"},
	"leave":       {rooms: "pldasq", does: "!close #1\n!open #1\n!leave #1", by: "root"},
	"room":        {rooms: "pldasq"},
	"room new":    {rooms: "pldasq", does: "!room new Tea @boris:test", by: "anna"},
	"room add":    {rooms: "s", does: "!room add @boris:test", by: "anna"},
	"room remove": {rooms: "s", does: "!room remove @anna:test", by: "root"},
	"room rename": {rooms: "s", does: "!room rename Late tea", by: "anna"},
	"room adopt":  {needs: "settings+", rooms: "pldasq"}, // changes something where a room was made by hand
	"room drop":   {needs: "settings+", rooms: "pldasq"},
	"dm":          {rooms: "pldasq", does: "!dm @boris:test", by: "anna"},
	"admin":       {rooms: "pldasq", does: "!admin help me", by: "anna"},

	"template":  {rooms: "pld", does: "!t add Hello there", by: "anna"},
	"edit":      {rooms: "p", does: "p:!t 4\np:!edit Please say more.", by: "anna"},
	"retract":   {rooms: "p", does: "p:!t 4\np:!retract", by: "anna"},
	"remind":    {rooms: "pldasq", does: "!remind 2h look", by: "anna"},
	"reminders": {rooms: "pldasq", does: "!remind 2h look\n!reminders cancel 1", by: "anna"},
	"snooze":    {rooms: "pld", does: "p:!snooze 2h", by: "anna"},
	"dnd":       {rooms: "pldasq", does: "!dnd 2h", by: "anna"},

	"contact":         {needs: "contacts", rooms: "pld"},
	"contact add":     {needs: "contacts+", rooms: "pld", does: "p:!contact add +7 912 345-67-89", by: "anna"},
	"contact edit":    {needs: "contacts+", rooms: "pld", does: "p:!contact add +7 912 345-67-89\np:!contact edit 1 +7 912 345-67-88", by: "anna"},
	"contact hide":    {needs: "contacts+", rooms: "pld", does: "p:!contact add +7 912 345-67-89\np:!contact hide 1", by: "anna"},
	"contact show":    {needs: "contacts+", rooms: "pld", does: "p:!contact add +7 912 345-67-89\np:!contact hide 1\np:!contact show 1", by: "anna"},
	"contact hidden":  {needs: "contacts", rooms: "pld"},
	"contact history": {needs: "contacts", rooms: "pld"},
	"contact undo":    {needs: "contacts+", rooms: "pld", does: "p:!contact add +7 912 345-67-89\np:!contact undo", by: "anna"},

	"profile":          {rooms: "pldasq"},
	"profile name":     {rooms: "pldasq", does: "!profile name Anna P.", by: "anna"},
	"profile photo":    {rooms: "pldasq"}, // changes something by the picture it is the caption of
	"profile fullname": {rooms: "pldasq", does: "!profile fullname Anna Petrova", by: "anna"},
	"profile position": {rooms: "pldasq", does: "!profile position Senior", by: "anna"},
	"profile language": {rooms: "pldasq", does: "!profile language ru", by: "anna"},
	"profile gender":   {rooms: "pldasq", does: "!profile gender f", by: "anna"},
	"profile zone":     {rooms: "pldasq", does: "!profile zone Asia/Tokyo", by: "anna"},
	"profile contact":  {rooms: "pldasq", does: "!profile contact anna@example.org", by: "anna"},

	"who":             {rooms: "pldasq"},
	"operators":       {needs: "users", rooms: "pldasq"},
	"departments":     {rooms: "pldasq"},
	"departments add": {needs: "users+", rooms: "pldasq", does: "!departments add Garden", by: "root"},
	"departments rename": {
		needs: "users+", rooms: "pldasq", does: "!departments add Garden\n!departments rename Garden Park", by: "root",
	},
	"departments remove": {needs: "users+", rooms: "pldasq", does: "!departments add Garden\n!departments remove Garden", by: "root"},
	"operator":           {needs: "users", rooms: "pldasq"},
	"operator add":       {needs: "users+", rooms: "pldasq", does: "!operator add @chef:test support", by: "root", on: "group"},
	"operator remove":    {needs: "users+", rooms: "pldasq", does: "!operator remove @boris:test", by: "root"},
	"operator join":      {needs: "users+", rooms: "pldasq", does: "!operator join @vera:test support", by: "root", on: "group"},
	"operator leave":     {needs: "users+", rooms: "pldasq", does: "!operator leave @anna:test support", by: "root", on: "group"},
	"operator contact":   {needs: "users+", rooms: "pldasq", does: "!operator contact @anna:test anna@example.org", by: "root"},
	"operator set":       {needs: "users+", rooms: "pldasq", does: "!operator set @anna:test name Anna", by: "root"},

	"queues":         {rooms: "pldasq"},
	"queues add":     {needs: "settings+", rooms: "pldasq", does: "!queues add shop/more More", by: "root", on: "site"},
	"queues rename":  {needs: "settings+", rooms: "pldasq", does: "!queues rename support More", by: "root", on: "queue"},
	"queues hide":    {needs: "settings+", rooms: "pldasq", does: "!queues show support\n!queues hide support", by: "root", on: "queue"},
	"queues show":    {needs: "settings+", rooms: "pldasq", does: "!queues show support", by: "root", on: "queue"},
	"queues default": {needs: "settings+", rooms: "pldasq", does: "!queues default returns", by: "root"},
	"queues remove":  {needs: "settings+", rooms: "pldasq", does: "!queues remove returns", by: "root", on: "queue"},

	"sites":         {needs: "settings", rooms: "pldasq"},
	"sites add":     {needs: "settings+", rooms: "pldasq", does: "!sites add toys https://toys.example Toys", by: "root"},
	"sites remove":  {needs: "settings+", rooms: "pldasq", does: "!sites remove blog", by: "root"},
	"sites restore": {needs: "settings+", rooms: "pldasq", does: "!sites remove blog\n!sites restore blog", by: "root"},

	"rights":           {rooms: "pldasq"},
	"rights give":      {needs: "rights+", rooms: "pldasq", does: "!rights give @anna:test jobs all view", by: "root"},
	"rights take":      {needs: "rights+", rooms: "pldasq", does: "!rights give @anna:test jobs all view\n!rights take @anna:test jobs all", by: "root"},
	"rights assign":    {needs: "rights+", rooms: "pldasq", does: "!rights assign @anna:test supervisor all", by: "root"},
	"rights unassign":  {needs: "rights+", rooms: "pldasq", does: "!rights unassign @vera:test supervisor queue:support", by: "root"},
	"rights templates": {needs: "rights", rooms: "pldasq"},
	"rights template":  {needs: "rights+", rooms: "pldasq", does: "!rights template night jobs all view", by: "root"},
	"rights drop":      {needs: "rights+", rooms: "pldasq", does: "!rights template night jobs all view\n!rights drop night", by: "root"},

	"config":        {needs: "settings", rooms: "pldasq"},
	"config get":    {needs: "settings", rooms: "pldasq"},
	"config set":    {needs: "settings+", rooms: "pldasq", does: "!config set queue.support.invite_limit 1", by: "root", on: "queue"},
	"config export": {needs: "settings", rooms: "pldasq", does: "!config export", by: "root"},
	"audit":         {needs: "journal", rooms: "pldasq"},
	"dead":          {needs: "settings+", rooms: "da"},
	"retry":         {needs: "settings+", rooms: "da"},
	"pick":          {rooms: "pldasq"},
	"help":          {rooms: "pldasq"},
}

// reachOrders are orders that stand for what a right is judged by, about something of the asker's own (#1), of a colleague in the queue
// support of the site shop (#2), and of another site's queue (#3).
var reachOrders = map[string]map[string][3]string{
	"ticket": {
		"close": {"!close #1", "!close #2", "!close #3"}, "return": {"!return #1", "!return #2", "!return #3"},
		"queue": {"!queue returns #1", "!queue returns #2", "!queue posts #3"}, "block": {"!block #1", "!block #2", "!block #3"},
		"transfer": {"!transfer @boris:test #1", "!transfer @boris:test #2", "!transfer @vera:test #3"},
	},
	"supervised": {"take": {"!take #1", "!take #2", "!take #3"}, "watch": {"!watch #1", "!watch #2", "!watch #3"}},
	"group": {
		"operator add":   {"", "!operator add @chef:test support", "!operator add @chef:test letters"},
		"operator join":  {"", "!operator join @vera:test support", "!operator join @vera:test letters"},
		"operator leave": {"", "!operator leave @anna:test support", "!operator leave @boris:test letters"},
	},
	"queue": {
		"queues rename": {"", "!queues rename support X", "!queues rename letters X"},
		"queues hide":   {"", "!queues hide support", "!queues hide letters"}, "queues show": {"", "!queues show support", "!queues show letters"},
		"queues remove": {"", "!queues remove support", "!queues remove letters"},
		"config set":    {"", "!config set queue.support.max_open 3", "!config set queue.letters.max_open 3"},
	},
	"site": {"queues add": {"", "!queues add shop/x X", "!queues add blog/x X"}},
}

// reachOf tells which scopes of a right suffice, for each kind of command: for the asker's own, for a colleague's of the same site, and for
// one of another site.
var reachOf = map[string][3]string{
	"ticket":     {"own queue:support site:shop all", "queue:support site:shop department:Day all", "queue:letters site:blog all"},
	"supervised": {"queue:support site:shop all", "queue:support site:shop all", "queue:letters site:blog all"},
	"group":      {"", "queue:support site:shop all", "queue:letters site:blog all"},
	"queue":      {"", "queue:support site:shop all", "queue:letters site:blog all"},
	"site":       {"", "site:shop all", "site:blog all"},
}
