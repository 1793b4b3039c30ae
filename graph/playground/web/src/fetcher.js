import { createGraphiQLFetcher } from '@graphiql/toolkit';

// newFetcher sends queries and mutations over HTTP and subscriptions over the graphql-transport-ws protocol. The tab's
// headers go with both; a browser cannot set headers on a WebSocket, so there they are the connection_init payload.
export function newFetcher({ endpoint, subscriptionEndpoint, headers }) {
  return createGraphiQLFetcher({
    url: endpoint,
    subscriptionUrl: socketURL(subscriptionEndpoint || endpoint),
    // The server offers neither @defer nor @stream, so don't ask for multipart answers.
    enableIncrementalDelivery: false,
    // The first introspection runs before the headers editor exists and would otherwise be anonymous.
    schemaFetcher: createGraphiQLFetcher({ url: endpoint, headers, enableIncrementalDelivery: false }),
  });
}

function socketURL(address) {
  const url = new URL(address, document.baseURI);
  url.protocol = url.protocol.replace(/^http/, 'ws');
  return url.href;
}
