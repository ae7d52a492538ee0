// Shows the OpenAPI document; the files of Swagger UI come from this server.
const place = document.getElementById("docs");
SwaggerUIBundle({ url: place.dataset.document, domNode: place, deepLinking: true, validatorUrl: null });
