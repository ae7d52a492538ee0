FROM python:3.13-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY src ./src
RUN python -m venv /opt/platewise && /opt/platewise/bin/pip install --no-cache-dir '.[serve,bot,mqtt,postgres,camera,batch]'

FROM python:3.13-slim
COPY --from=build /opt/platewise /opt/platewise
RUN useradd --system --uid 10001 platewise && install -d -o platewise -m 700 /data
USER platewise
ENV PATH=/opt/platewise/bin:$PATH PLATEWISE_DATA=/data PYTHONUNBUFFERED=1
VOLUME /data
EXPOSE 5000
HEALTHCHECK --start-period=20s CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:5000/healthz', timeout=3)"]
ENTRYPOINT ["platewise"]
CMD ["serve", "--host", "0.0.0.0"]
