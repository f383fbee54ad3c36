const js = require("@eslint/js");
const globals = require("globals");

// Data only ever become text nodes and attributes.
const MARKUP = ["innerHTML", "outerHTML", "insertAdjacentHTML", "write", "writeln", "createContextualFragment"];

const RULES = {
  "array-callback-return": "error",
  eqeqeq: "error",
  "no-eval": "error",
  "no-implied-eval": "error",
  "no-new-func": "error",
  "no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
  "no-use-before-define": ["error", { functions: false, variables: false }],
  "no-var": "error",
  "prefer-const": "error",
};

module.exports = [
  {
    ...js.configs.recommended,
    files: ["src/**/site/static/js/*.js", "tests/site/js/**/*.js", "eslint.config.js"],
  },
  {
    files: ["src/**/site/static/js/*.js"],
    languageOptions: { ecmaVersion: 2022, sourceType: "script", globals: { ...globals.browser, coverage: "readonly", L: "readonly" } },
    rules: {
      ...RULES,
      "no-restricted-properties": ["error", ...MARKUP.map((property) => ({ property, message: "Data never become markup." }))],
      strict: ["error", "function"],
    },
  },
  {
    files: ["tests/site/js/**/*.js", "eslint.config.js"],
    languageOptions: { ecmaVersion: 2022, sourceType: "commonjs", globals: globals.node },
    rules: RULES,
  },
  { ignores: ["src/**/site/assets/**", "build/**", "data/**", "maps/**", ".venv/**"] },
];
