from django.http import HttpRequest, HttpResponse

from tenants.access import public_view


@public_view("development only")
def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("")
