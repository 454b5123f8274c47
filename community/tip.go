package community

// A tip is a place, an hour, a trick; it holds in its months and weekdays.
var tipRules = rules{path: "/bons-plans", policy: "post", life: 90 * days, clean: (*Draft).plain, check: nothing, lay: asDrafted, roll: end}
