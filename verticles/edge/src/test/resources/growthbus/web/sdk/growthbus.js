// Stands in for the script that module browser builds; long enough to be worth compressing.
var growthbus = { createGrowth: function () { return {}; } };
