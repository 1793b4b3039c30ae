// What the server tells the page: see Config in ../../playground.go, which writes this JSON into index.html.
const given = JSON.parse(document.getElementById('playground-config').textContent);

export const config = {
  endpoint: '/graphql',
  subscriptionEndpoint: '',
  headers: {},
  examples: [],
  ...given,
};
