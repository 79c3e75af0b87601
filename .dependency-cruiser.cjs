// The rules of the house for dependency-cruiser. Run by scripts/house.mjs on emitted JavaScript.
const {rules} = require('./scripts/rooms.mjs');

module.exports = {
	forbidden: rules,
	options: {
		doNotFollow: {path: 'node_modules'},
		exclude: {path: '^(test|scripts|bench)/'},
		// The emitted tree lies in a temporary folder without node_modules: package imports are judged by their name.
		skipAnalysisNotInRules: true,
	},
};
